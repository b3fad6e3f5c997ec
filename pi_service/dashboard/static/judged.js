// What was right and what to do: the last cue, and what the rules say of the last rep.

import { element, setText } from "./dom.js";
import { plural, ruleWords } from "./words.js";

function setOf(view) {
  return view.sets.findLast((each) => each.session === view.session && each.set === view.set);
}

// In a set the last cue stays, and is quiet again once a later rep was right; after it, what the set teaches.
function cueOf(view) {
  if (!view?.session) return ["", false];
  const told = view.active ? null : setOf(view)?.verdict;
  if (told) return told.cue ? [told.cue, true] : ["", false];
  if (!view.cue) return ["", false];
  const whose = view.cue.rep === null ? "" : `Rep ${view.cue.rep}: `;
  return [`${whose}${view.cue.cue}`, view.verdict === null || view.cue.rep === view.verdict.rep];
}

/** Show the one thing to do. */
export function showCue(view) {
  const [text, now] = cueOf(view);
  element("cue").dataset.now = String(now);
  setText("cue-text", text);
}

function verdictText(view) {
  const told = view?.verdict;
  if (!told) return "";
  const whose = told.rep === null ? "So far" : `Rep ${told.rep}`;
  const wrong = told.rules.filter((rule) => !rule.ok);
  if (!told.rules.length) return `${whose}: nothing could be judged`;
  if (!wrong.length) return `${whose}: right by ${told.rules.length === 1 ? "its rule" : `all ${plural(told.rules.length, "rule")}`}`;
  // What was measured is surer than what was inferred.
  wrong.sort((a, b) => (a.basis === "inferred") - (b.basis === "inferred"));
  const more = wrong.length > 2 ? `; and ${wrong.length - 2} more` : "";
  return `${whose}: ${wrong.slice(0, 2).map(ruleWords).join("; ")}${more}`;
}

/** Show what the rules say of the last rep. */
export function showRepVerdict(view) {
  const wrong = view?.verdict ? !view.verdict.ok : false;
  element("rep-verdict").dataset.ok = String(!wrong);
  setText("rep-verdict", view?.session ? verdictText(view) : "");
}
