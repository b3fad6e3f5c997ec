// The huge figure and the line below it: repetitions, the seconds of a hold, or the metres of a carry.

import { element } from "./dom.js";
import { amountOf, askedWords, plural } from "./words.js";

// A screen reader hears every repetition, but of a hold and a carry only every tenth second and fifth metre.
const SPOKEN_EVERY = { hold: 10, carry: 5 };

let shown = { figure: null, value: 0, kind: null };
let spoken = "";

/** Show what the set has come to; null while nothing is known. */
export function showCount(view) {
  const known = view !== null && view.session !== null;
  const { figure, unit, words, value } = known ? amountOf(view) : { figure: "–", unit: "", words: "", value: 0 };
  const kind = known ? view.kind : null;
  speak(view, known, value, words);
  if (figure === shown.figure && kind === shown.kind) return;
  const output = element("count");
  output.dataset.digits = known ? figure.replace(".", "").length : 0;
  output.dataset.kind = kind ?? "";
  output.setAttribute("aria-live", kind in SPOKEN_EVERY ? "off" : "polite");
  element("count-figure").textContent = figure;
  element("count-unit").textContent = unit;
  element("count-words").textContent = words;
  output.classList.remove("counted");
  if (shown.kind === kind && kind === "reps" && value > shown.value) {
    void output.offsetWidth; // starts the animation again
    output.classList.add("counted");
  }
  shown = { figure, value, kind };
}

function speak(view, known, value, words) {
  let told = "";
  const every = known ? SPOKEN_EVERY[view.kind] : undefined;
  if (every && !view.active && view.set) told = `${amountOf(view).figure}${words}, final`;
  else if (every && value >= every) told = `${Math.floor(value / every) * every}${words}`;
  if (told === spoken) return;
  spoken = told;
  element("spoken").textContent = told;
}

function sides(view) {
  const seen = view.total_reps - view.other_side_reps;
  const unsure = view.other_side_uncertain ? ` ±${view.other_side_uncertain}` : "";
  const other = { left: "right", right: "left" }[view.worn_side];
  if (other) return `${seen} ${view.worn_side}, ${view.other_side_reps}${unsure} ${other}`;
  return `${seen} seen, ${view.other_side_reps}${unsure} inferred`;
}

function details(view) {
  const broken = view.hold_breaks ? `broken ${view.hold_breaks === 1 ? "once" : `${view.hold_breaks} times`}` : "";
  if (view.kind === "hold") return [askedWords(view), broken];
  if (view.kind === "carry") {
    const steps = view.steps === null ? "" : plural(view.steps, "step");
    const unsure = view.distance_uncertainty_m === null ? "" : `±${view.distance_uncertainty_m.toFixed(1)} m`;
    return [askedWords(view), unsure, steps];
  }
  return [askedWords(view), view.total_reps === null ? "" : sides(view)];
}

const READY = { reps: "ready for the first rep", hold: "ready: settle in the pose", carry: "ready: lift it and walk" };

function going(view) {
  if (view.kind === "hold") return view.holding ? "holding" : "pose left";
  if (view.kind === "carry") return "";
  if (view.total_reps !== null) return "live";
  return view.asked_least === null ? "reps, counting live" : "counting live";
}

// Each part by itself, so that a line may break between them and nowhere else.
function lineOf(view) {
  const listed = (parts) => parts.filter(Boolean).map((part) => part.replaceAll(" ", "\u00a0")).join(", ");
  if (!view?.session) return [""];
  if (view.active) return [listed(view.kind === "hold" ? [going(view), ...details(view)] : [...details(view), going(view)])];
  if (view.set === 0) return [listed([READY[view.kind], askedWords(view)])];
  const last = view.sets.findLast((each) => each.session === view.session && each.set === view.set);
  const corrected = view.kind === "reps" && last?.corrected ? `${last.live_reps} counted live` : "";
  const told = listed([...details(view), corrected]);
  if (told) return ["strong:final", `, ${told}`];
  return ["strong:final", view.kind === "reps" ? " count of the set" : ""];
}

/** Show the line below the figure. */
export function showVerdict(view) {
  const parts = lineOf(view).map((part) => {
    if (!part.startsWith("strong:")) return document.createTextNode(part || "\u00a0");
    const strong = document.createElement("strong");
    strong.textContent = part.slice(7);
    return strong;
  });
  const line = document.createElement("span");
  line.append(...parts);
  element("verdict").replaceChildren(line);
}
