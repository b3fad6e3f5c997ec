// Signing in, and back to where one came from.

import { AskError, get, post } from "./api.js";
import { element } from "./dom.js";

const answer = element("login-answer");

/** Where to go afterwards: a page of this server, whatever the address says. */
function next() {
  const asked = new URLSearchParams(location.search).get("next") ?? "/";
  if (!URL.canParse(asked, location.origin)) return "/";
  const url = new URL(asked, location.origin);
  // Whole: a path alone may begin with two slashes, and would be taken for another server's name.
  return url.origin === location.origin ? url.href : "/";
}

function say(text, ok) {
  answer.dataset.ok = String(ok);
  answer.textContent = text;
}

element("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const password = element("password");
  element("login-go").setAttribute("aria-disabled", "true");
  say("Signing in …", true);
  try {
    await post("/api/login", { password: password.value });
    location.assign(next());
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    say(error.message, false);
    password.select();
  } finally {
    element("login-go").removeAttribute("aria-disabled");
  }
});

try {
  const session = await get("/api/session");
  if (!session.needs_password) {
    element("login").hidden = true;
    element("no-login").hidden = false;
    element("no-login").textContent = session.may_change ? "No password is needed here." : (session.why ?? "This page may only be read.");
  } else element("password").focus();
} catch (error) {
  if (!(error instanceof AskError)) throw error;
  say(error.message, false);
}
