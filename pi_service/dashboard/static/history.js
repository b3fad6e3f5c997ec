// The history: filters, days with their sets, and what the weeks come to.

import { AskError, get } from "./api.js";
import { showDays } from "./days.js";
import { element } from "./dom.js";
import { asked, onFilters, showFilters } from "./filters.js";
import { learnSession } from "./session.js";
import { showTrends } from "./trends.js";

async function show() {
  try {
    showFilters(await get("/api/history/filters"));
    await Promise.all([showDays(asked().size > 0), showTrends()]);
    element("problem").hidden = true;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    element("problem").textContent = error.message;
    element("problem").hidden = false;
  }
}

onFilters(show);
await Promise.all([show(), learnSession()]);
