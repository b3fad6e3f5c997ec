// What was right and what to do: the last cue, the tempo of the last rep, and what its rules say.

import { metresOrDegrees, plural, ruleWords } from "./words.js";

const element = (id) => document.getElementById(id);
const setText = (id, text) => {
  const node = element(id);
  if (node.textContent !== text) node.textContent = text || "\u00a0";
};

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

function figures(view, rep) {
  const lifts = rep?.out_is ?? view?.out_is ?? null;
  if (lifts) {
    const parts = [
      ["lowering", rep?.lowering_s],
      ["pause", rep?.lowered_pause_s],
      ["lifting", rep?.lifting_s],
      ["pause", rep?.lifted_pause_s],
    ];
    return parts;
  }
  return [
    ["out", rep?.out_moving_s ?? rep?.out_s],
    ["pause", rep?.turn_pause_s],
    ["back", rep?.back_moving_s ?? rep?.back_s],
    ["pause", rep?.home_pause_s],
  ];
}

/** Show the tempo of the last rep as four figures, and how far it went. */
export function showTempo(view) {
  const rep = view?.rep_list.at(-1);
  const counts = !view || view.kind === "reps";
  element("tempo").hidden = !counts;
  const cells = [
    ...figures(view, rep).map(([word, value]) => [word, value === null || value === undefined ? "–" : `${value.toFixed(1)} s`]),
    ["range", rep ? metresOrDegrees(rep) : "–"],
  ];
  [...element("tempo").children].forEach((cell, at) => {
    const [name, value] = cell.children;
    if (name.textContent !== cells[at][0]) name.textContent = cells[at][0];
    if (value.textContent !== cells[at][1]) value.textContent = cells[at][1];
  });
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
