// The finished sets: what each came to and how it was done; and once for all what could not be judged.

import { correctButton } from "./correct.js";
import { element, make, setText } from "./dom.js";
import { amountOf, capital, duration, moment, plural, reps, ruleName } from "./words.js";

function correctionNote(set) {
  if (set.said === "discarded") return "Discarded";
  if (set.said === "corrected") return `Corrected by hand, ${set.live_reps} counted live`;
  const changes = [];
  if (set.withdrawn) changes.push(`${set.withdrawn} withdrawn`);
  if (set.added) changes.push(`${set.added} added`);
  const how = changes.length ? `, ${changes.join(" and ")}` : "";
  return `Corrected: ${set.live_reps} live${how}`;
}

function qualityWords(percent) {
  const words = [
    [100, "All right"],
    [90, "Nearly all right"],
    [70, "Mostly right"],
    [45, "About half right"],
    [0, "Mostly to be mended"],
  ].find(([least]) => Math.round(percent) >= least)[1];
  return `${words} (${Math.round(percent)} %)`;
}

function howItWas(verdict) {
  const parts = [];
  if (verdict.tempo) parts.push(`tempo ${verdict.tempo}`);
  if (verdict.quality_percent !== null) {
    const partly = verdict.unjudged.length ? " of what could be judged" : "";
    parts.push(`${qualityWords(verdict.quality_percent)}${partly}`);
  }
  return capital(parts.join("; "));
}

// What could not be judged is mostly the same in every set: it is told once, below them, and folded.
function showUnjudged(sets) {
  const rulesFor = new Map();
  for (const { verdict } of sets) {
    verdict?.unjudged.forEach((rule, at) => {
      const why = verdict.unjudged_why[at] ?? "";
      rulesFor.set(why, (rulesFor.get(why) ?? new Set()).add(ruleName(rule)));
    });
  }
  const rules = new Set([...rulesFor.values()].flatMap((each) => [...each]));
  const box = element("unjudged");
  box.hidden = rules.size === 0;
  setText(box.querySelector("summary"), `Not judged: ${plural(rules.size, "rule")}`);
  const items = [...rulesFor].map(([why, names]) => make("li", "", `${capital([...names].join(", "))}${why ? `: ${why}` : ""}`));
  box.querySelector("ul").replaceChildren(...items);
}

// What stands beside the big figure: nothing for reps but what a screen reader needs.
function figureOf(set) {
  const { figure, unit, words } = amountOf(set);
  const count = make("span", "set-reps", figure);
  if (set.kind === "reps") count.append(make("span", "unseen", words));
  else {
    const more = set.kind === "hold" ? " held" : ` in ${plural(set.steps ?? 0, "step")}`;
    count.append(make("span", "set-unit", `${unit}${more}`));
  }
  return count;
}

function what(set) {
  const parts = [set.exercise_name, moment(set.end_ts)];
  if (set.kind === "hold" && set.hold_breaks) parts.push(`broken ${set.hold_breaks === 1 ? "once" : `${set.hold_breaks} times`}`);
  if (set.kind === "carry" && set.distance_uncertainty_m !== null) parts.push(`±${set.distance_uncertainty_m.toFixed(1)} m`);
  if (set.kind !== "hold") parts.push(duration(set.duration_s));
  if (set.total_reps !== null) parts.push(`both sides, ${set.total_reps - set.other_side_reps} of them seen`);
  return parts.join(", ");
}

function setItem(set, view) {
  const item = document.createElement("li");
  item.dataset.set = set.set;
  if (set.session !== view.session) item.className = "earlier";
  const head = make("span", "set-head");
  head.append(make("span", "set-name", `Set ${set.set}`));
  if (set.session === view.session) head.append(correctButton(set, view.name));
  item.append(head, figureOf(set), make("span", "set-what", what(set)));
  if (set.corrected || set.said) item.append(make("span", "set-note", correctionNote(set)));
  if (set.verdict) {
    const told = howItWas(set.verdict);
    if (told) item.append(make("span", "set-more", told));
    if (set.verdict.cue) item.append(make("span", "set-more set-cue", set.verdict.cue));
  }
  return item;
}

function total(sets) {
  const sum = (key) => sets.reduce((total, each) => total + (each[key] ?? 0), 0);
  const counted = sets.reduce((total, each) => total + (each.kind === "reps" ? (each.total_reps ?? each.reps) : 0), 0);
  const parts = [];
  if (sets.some((each) => each.kind === "reps")) parts.push(reps(counted));
  if (sets.some((each) => each.kind === "hold")) parts.push(`${Math.floor(sum("held_s"))} s held`);
  if (sets.some((each) => each.kind === "carry")) parts.push(`${sum("distance_m").toFixed(1)} m`);
  return parts.length ? `${parts.join(", ")} in all` : "";
}

let shownSets = "";

/** Show the sets of a station, the newest first. */
export function showSets(view) {
  const sets = view?.sets ?? [];
  const key = JSON.stringify([view?.session, sets]);
  if (key === shownSets) return;
  shownSets = key;
  element("sets-total").textContent = total(sets.filter((each) => each.session === view.session)) || "\u00a0";
  showUnjudged(sets.filter((each) => each.session === view.session));
  element("no-sets").hidden = sets.length > 0;
  element("sets").hidden = sets.length === 0;
  element("sets").replaceChildren(...sets.toReversed().map((each) => setItem(each, view)));
}
