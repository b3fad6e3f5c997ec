// Doing what a person asks for, and showing what came of it.

import { AskError, request } from "./api.js";
import { tell } from "./tell.js";

/**
 * Ask a station for something; until it has answered, the button that did it does nothing more.
 *
 * @returns {Promise<boolean>} whether it was done; what the station said is in `output`, or at the foot of the page
 */
export async function askFor({ station, verb, body, done, button, output }) {
  if (button?.getAttribute("aria-disabled") === "true") return false;
  const say = output ? (text, ok) => answerIn(output, text, ok) : tell;
  button?.setAttribute("aria-disabled", "true");
  say("Asking the station …", true);
  try {
    await request(station, verb, body);
    say(done, true);
    return true;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    say(error.message, false);
    return false;
  } finally {
    button?.removeAttribute("aria-disabled");
  }
}

function answerIn(output, text, ok) {
  output.dataset.ok = String(ok);
  output.textContent = text;
}

/** Open a dialog, without the answer that it had the last time. */
export function openDialog(dialog) {
  const output = dialog.querySelector("output");
  if (output) output.textContent = "";
  dialog.showModal();
}

for (const button of document.querySelectorAll("[data-closes]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
