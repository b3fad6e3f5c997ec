// The way to the target while a set goes on, and the rest between two sets: one bar for both.

import { element, setShare, setText } from "./dom.js";
import { amountOf, clockTime } from "./words.js";

// The bar goes on beyond what is asked for, so that too much can be seen.
const BEYOND = 1.15;

let rest = null;

function asClock(view) {
  const { rest: told } = view;
  const same = rest && told.s === rest.told.s && view.set === rest.set;
  // The station tells it about every second; in between it goes on here.
  if (!same) rest = { told, set: view.set, at: performance.now() };
}

const restNow = () => rest.told.s + (performance.now() - rest.at) / 1000;

function restAsked({ least_s: least, most_s: most }) {
  if (least === null) return "";
  return `of ${clockTime(least)}${most === null || most === least ? "" : `–${clockTime(most)}`}`;
}

function bar(of, done, least, most) {
  const box = element("towards");
  box.dataset.of = of;
  if (of === "none") return;
  const end = BEYOND * Math.max(most ?? least, least);
  box.dataset.target = done < least ? "short" : most !== null && done > most ? "over" : "reached";
  setShare(box, "--least", least / end);
  setShare(box, "--most", (most ?? end) / end);
  setShare(box, "--done", done / end);
}

function showRest() {
  const now = restNow();
  setText("rest-clock", clockTime(now));
  setText("rest-asked", restAsked(rest.told));
  const { least_s: least, most_s: most } = rest.told;
  element("rest").dataset.enough = String(least === null || now >= least);
  if (least === null) bar("none");
  else bar("rest", now, least, most);
}

/** Show how far the set, or the rest after it, has come. */
export function showTowards(view) {
  const resting = Boolean(view?.session && view.online && !view.active && view.rest.running);
  element("rest").hidden = !resting;
  element("phases").dataset.resting = String(resting);
  if (resting) {
    asClock(view);
    showRest();
    return;
  }
  rest = null;
  const asked = view?.session && view.asked_least;
  if (asked) bar("set", view.active || view.set ? amountOf(view).value : 0, view.asked_least, view.asked_most);
  else bar("none");
}

setInterval(() => rest && showRest(), 250);
