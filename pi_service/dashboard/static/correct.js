// Saying what a finished set really had: its count corrected, or the set discarded.

import { askFor, openDialog } from "./asking.js";
import { element, make, setText } from "./dom.js";
import { mayChange } from "./session.js";
import { tell } from "./tell.js";
import { amountOf, reps } from "./words.js";

const dialog = element("correct-dialog");
const count = element("correct-reps");
const answer = element("correct-answer");
let about = null;

function sure(asked) {
  element("discard-sure").hidden = !asked;
  element("correct-form").hidden = asked;
  element(asked ? "discard-no" : "correct-reps").focus();
}

/**
 * Ask what a set really had; it belongs to a session that still runs.
 *
 * `session` is said where the page may not have noticed yet that another one has begun.
 */
export function openCorrection(set, station, session = null) {
  about = { set, station, session };
  const counted = set.kind === "reps";
  const { figure, unit } = amountOf(set);
  const was = counted ? reps(set.reps) : `${figure}${unit}`;
  setText("correct-title", `Set ${set.set}: ${was}`);
  setText("discard-text", `Set ${set.set} with its ${was} counts for nothing then, and its place in the workout is free again.`);
  // Seconds and metres are what was measured: such a set can only be discarded.
  for (const part of ["label", ".stepper", ".strong"]) element("correct-form").querySelector(part).hidden = !counted;
  count.value = String(set.reps ?? 0);
  openDialog(dialog);
  sure(false);
  count.select();
}

/** The button that opens the correction of a set; CSS hides it from those who may change nothing. */
export function correctButton(set, station) {
  const button = make("button", "quiet correct", "Correct");
  button.type = "button";
  button.setAttribute("aria-label", `Correct set ${set.set}`);
  button.addEventListener("click", () => openCorrection(set, station));
  return button;
}

async function ask(verb, body, done, button) {
  const { set, station, session } = about;
  const request = { set: set.set, ...(session && { session }), ...body };
  if (!(await askFor({ station, verb, body: request, done, button, output: answer }))) return;
  dialog.close();
  tell(done);
  dialog.dispatchEvent(new CustomEvent("corrected"));
}

function change(by) {
  count.value = String(Math.max(0, Math.round(Number(count.value) || 0) + by));
}

element("correct-less").addEventListener("click", () => change(-1));
element("correct-more").addEventListener("click", () => change(1));
element("correct-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!mayChange()) return;
  const had = Number(count.value);
  ask("correct_set", { reps: had }, `Set ${about.set.set} has ${reps(had)} now.`, event.submitter);
});
element("discard").addEventListener("click", () => sure(true));
element("discard-no").addEventListener("click", () => sure(false));
element("discard-yes").addEventListener("click", (event) => {
  ask("discard_set", {}, `Set ${about.set.set} is discarded.`, event.currentTarget);
});
