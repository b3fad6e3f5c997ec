// One set of the history: what it came to, how each rep was, and its curve.

import { AskError, get } from "./api.js";
import { openCorrection } from "./correct.js";
import { element, make, setText } from "./dom.js";
import { learnSession, mayChange, onSession } from "./session.js";
import { showCharts, showCurve } from "./set_charts.js";
import { showReps, showRules } from "./set_tables.js";
import { amountOf, clockOf, dayWords, duration, metres, reps, span } from "./words.js";

const path = location.pathname.replace(/^\/history\//, "/api/history/sets/");
let set = null;

function note() {
  if (set.corrected === "discarded") return `Discarded: ${reps(set.live_reps)} had been counted.`;
  if (set.corrected === "corrected") return `Corrected by hand: ${reps(set.live_reps)} had been counted live.`;
  if (set.corrected === "review") return `Corrected by the review: ${reps(set.live_reps)} had been counted live.`;
  return "";
}

function sides() {
  if (!set.sides) return null;
  const { worn_side: worn, worn_side_reps: seen, other_side_reps: other } = set.sides;
  return worn ? `${seen} ${worn}, ${other} the other` : `${seen} seen, ${other} inferred`;
}

function facts() {
  const known = [
    ["Quality", set.quality_percent, (value) => `${Math.round(value)} % right`],
    ["Tempo", set.tempo, String],
    ["Best lifting velocity", set.best_velocity_mps, (value) => `${value.toFixed(2)} m/s`],
    ["Velocity loss", set.velocity_loss_percent, (value) => `${Math.max(0, Math.round(value))} %`],
    ["Range, median", set.range_m ?? set.range_deg, () => metres(set.range_m, set.range_deg)],
    ["Asked for", set.asked_least, () => span(set.asked_least, set.asked_most)],
    ["Both sides", sides(), String],
    ["Took", set.duration_s, duration],
    ["Athlete", set.athlete, String],
    ["Station", set.station, String],
  ];
  return known.filter(([, value]) => value !== null && value !== undefined).map(([name, value, tell]) => [name, tell(value)]);
}

function showFacts() {
  const pairs = facts().map(([name, value]) => {
    const pair = make("div");
    pair.append(make("dt", "", name), make("dd", "", value));
    return pair;
  });
  element("facts").replaceChildren(...pairs);
}

function showHead() {
  const { figure, unit, words } = amountOf(set);
  setText("when", `${dayWords(set.day)}, ${clockOf(set.start_ts)}${set.simulated ? ", simulated" : ""}`);
  setText("title", `Set ${set.set} · ${set.exercise_name}`);
  setText("figure", `${figure}${unit}`);
  element("figure").append(make("span", "unseen", words));
  element("note").hidden = note() === "";
  setText("note", note());
  element("cue").hidden = !set.cue;
  setText("cue", set.cue);
  document.title = `${figure}${unit} · ${set.exercise_name} · repclip`;
}

function showLinks() {
  element("correct").hidden = !(set?.correctable && mayChange());
  if (!set) return;
  element("trace").hidden = !set.recording;
  element("trace").href = `${path}/trace`;
  element("day").href = `/history?from=${set.day}&to=${set.day}`;
}

async function showCurveOf() {
  element("curve-figure").hidden = !set.has_curve;
  if (!set.has_curve) return;
  // Seen before it is drawn, so that it has a size.
  showCurve(await get(`${path}/curve`), set.rep_list.filter((rep) => !rep.withdrawn));
}

async function show() {
  try {
    set = await get(`${path}?tz=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)}`);
    element("one").hidden = false;
    showHead();
    showFacts();
    showLinks();
    showReps(set);
    showRules(set);
    showCharts(set);
    await showCurveOf();
    element("problem").hidden = true;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    element("problem").textContent = error.message;
    element("problem").hidden = false;
  }
}

element("correct").addEventListener("click", () => openCorrection(set, set.station, set.session));
// The history hears of the correction over MQTT, a moment after the station has answered.
element("correct-dialog").addEventListener("corrected", () => setTimeout(show, 500));
onSession(showLinks);
await Promise.all([show(), learnSession()]);
