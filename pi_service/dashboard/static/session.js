// Who looks: whether this page may change something, and the way to sign in and out.

import { AskError, get, post } from "./api.js";
import { element } from "./dom.js";

/** @type {{may_change: boolean, needs_password: boolean, why: string | null}} */
let session = { may_change: false, needs_password: false, why: null };
const listeners = [];

/** Whether this page may change something. */
export const mayChange = () => session.may_change;

/** Be told now, once it is known, and whenever it changes. */
export function onSession(listener) {
  listeners.push(listener);
  listener(session);
}

/** Ask the server; while it is away nothing may be changed. */
export async function learnSession() {
  try {
    session = await get("/api/session");
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    session = { may_change: false, needs_password: false, why: null };
  }
  showSession();
  for (const listener of listeners) listener(session);
}

function showSession() {
  const signIn = element("sign-in");
  signIn.hidden = session.may_change || !session.needs_password;
  signIn.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  element("sign-out").hidden = !(session.may_change && session.needs_password);
}

element("sign-out")?.addEventListener("click", async () => {
  try {
    await post("/api/logout");
  } finally {
    await learnSession();
  }
});
