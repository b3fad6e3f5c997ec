// The charts of one set, rep by rep; what was not measured has none.

import { bars, curve, dots, keyOf } from "./charts.js";
import { element, setText } from "./dom.js";
import { capital, metres, ruleName } from "./words.js";

const LIFTS = [
  ["lowering", "lowering_s"],
  ["pause at the stretch", "lowered_pause_s"],
  ["lifting", "lifting_s"],
  ["pause at the top", "lifted_pause_s"],
];
const TURNS = [
  ["out", "out_moving_s"],
  ["pause", "turn_pause_s"],
  ["back", "back_moving_s"],
  ["pause", "home_pause_s"],
];
// Rules that say how steady somebody is, the most telling first.
const STEADY = ["torso", "sway", "lean_back", "side_bend", "sideways", "hips_first"];

/** The four phases of the reps of a set, by name and key. */
export const phasesOf = (reps) => (reps.some((rep) => rep.out_is) ? LIFTS : TURNS);

const known = (values) => values.filter((value) => value !== null && value !== undefined);

function chart(name, there, draw) {
  element(`${name}-figure`).hidden = !there;
  if (there) draw(element(name));
}

function velocity(reps, labels, set) {
  const values = reps.map((rep) => rep.velocity_mps ?? null);
  const found = known(values);
  chart("velocity", found.length > 1, (box) => {
    const loss = set.velocity_loss_percent;
    setText("velocity-title", `Lifting velocity, m/s${loss === null ? "" : `; loss ${Math.max(0, Math.round(loss))} %`}`);
    dots(box, { labels, values, bounds: [], description: `Mean lifting velocity of each repetition, from ${found[0].toFixed(2)} to ${found.at(-1).toFixed(2)} m/s` });
  });
}

function tempo(reps, labels) {
  const phases = phasesOf(reps);
  const columns = phases.map(([, key]) => reps.map((rep) => rep[key] ?? null));
  chart("tempo", known(columns.flat()).length > 0, (box) => {
    element("tempo-key").replaceChildren(...keyOf(phases.map(([name]) => name)));
    bars(box, { labels, columns, description: "Seconds of each phase of each repetition; the table below has the figures" });
  });
}

function range(reps, labels) {
  const inMetres = reps.length > 0 && reps.every((rep) => rep.range_m !== null);
  const values = reps.map((rep) => (inMetres ? rep.range_m * 100 : rep.range_deg));
  chart("range", known(values).length > 1, (box) => {
    setText("range-title", inMetres ? "Range, cm" : "Range, degrees");
    const [first, last] = [reps[0], reps.at(-1)].map((rep) => metres(inMetres ? rep.range_m : null, rep.range_deg));
    bars(box, { labels, columns: [values], description: `Range of each repetition, from ${first} in the first to ${last} in the last` });
  });
}

function steadiness(reps, labels) {
  const name = STEADY.find((rule) => reps.some((rep) => rep.rules.some((each) => each.rule === rule)));
  const rules = reps.map((rep) => rep.rules.find((each) => each.rule === name) ?? null);
  const first = rules.find(Boolean);
  chart("steady", Boolean(name && first), (box) => {
    setText("steady-title", `${capital(ruleName(name))}, ${first.unit === "deg" ? "degrees" : first.unit}, ${first.basis}`);
    const bounds = known([first.most, first.least]);
    const values = rules.map((rule) => rule?.measured ?? null);
    dots(box, { labels, values, bounds, description: `${capital(ruleName(name))} in each repetition; ${known(values).length} were judged` });
  });
}

/** Draw what there is of a set. */
export function showCharts(set) {
  const reps = set.rep_list.filter((rep) => !rep.withdrawn);
  const labels = reps.map((_rep, at) => String(at + 1));
  velocity(reps, labels, set);
  tempo(reps, labels);
  range(reps, labels);
  steadiness(reps, labels);
}

/** Draw the curve of the whole set. */
export function showCurve(told, reps) {
  const since = reps.map((rep) => [rep.start_s - told.start_s, rep.end_s - told.start_s]);
  curve(element("curve"), told, since, `The movement of the set, ${Math.round(told.values.length / told.rate_hz)} seconds long`);
}
