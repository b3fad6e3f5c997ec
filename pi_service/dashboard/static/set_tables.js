// The figures of one set: a line for each rep, and one for each rule.

import { element, make } from "./dom.js";
import { phasesOf } from "./set_charts.js";
import { boundWords, capital, figureWords, metres, ruleName, ruleWords } from "./words.js";

function cells(row, values, tag = "td") {
  for (const value of values) {
    const cell = make(tag, "", value);
    if (tag === "th") cell.scope = "col";
    row.append(cell);
  }
  return row;
}

const seconds = (value) => (value === null || value === undefined ? "–" : value.toFixed(1));

function velocityOf(rep) {
  if (rep.velocity_mps === null || rep.velocity_mps === undefined) return "–";
  const unsure = rep.velocity_uncertainty_mps;
  return `${rep.velocity_mps.toFixed(2)}${unsure ? ` ±${unsure.toFixed(2)}` : ""}`;
}

function howItWas(rep) {
  if (rep.withdrawn) return "withdrawn";
  const wrong = rep.rules.filter((rule) => !rule.ok);
  if (wrong.length) return wrong.map(ruleWords).join("; ");
  const found = rep.source === "review" ? "found by the review" : "";
  return rep.rules.length ? ["right", found].filter(Boolean).join(", ") : found || "not judged";
}

function repRow(rep, number, phases) {
  const row = cells(make("tr"), [number, ...phases.map(([, key]) => seconds(rep[key])), metres(rep.range_m, rep.range_deg), velocityOf(rep), howItWas(rep)]);
  if (rep.withdrawn) row.className = "withdrawn";
  row.dataset.ok = String(rep.rules.every((rule) => rule.ok));
  return row;
}

/** Fill the table of the reps; hidden where none were counted. */
export function showReps({ rep_list: reps }) {
  element("reps-section").hidden = reps.length === 0;
  if (!reps.length) return;
  const phases = phasesOf(reps);
  const titles = ["Rep", ...phases.map(([name]) => `${capital(name)}, s`), "Range", "m/s", "How it was"];
  element("reps").tHead.replaceChildren(cells(make("tr"), titles, "th"));
  let number = 0;
  element("reps").tBodies[0].replaceChildren(
    ...reps.map((rep) => {
      if (!rep.withdrawn) number += 1;
      return repRow(rep, rep.withdrawn ? "–" : String(number), phases);
    }),
  );
}

function ruleRow(rule) {
  const judged = rule.reps_judged;
  const right = judged ? `${rule.reps_ok} of ${judged}` : rule.ok ? "yes" : "no";
  const row = cells(make("tr"), [capital(ruleName(rule.rule)), figureWords(rule), boundWords(rule), right, rule.basis]);
  row.dataset.ok = String(rule.ok);
  return row;
}

/** Fill the table of the rules, and say what could not be judged. */
export function showRules({ rules, unjudged, unjudged_why: why }) {
  element("rules-section").hidden = rules.length + unjudged.length === 0;
  element("rules").hidden = rules.length === 0;
  element("rules").tBodies[0].replaceChildren(...rules.map(ruleRow));
  element("unjudged").replaceChildren(...unjudged.map((rule, at) => make("li", "", `Not judged: ${ruleName(rule)}${why[at] ? `, ${why[at]}` : ""}`)));
}
