// One set of the history: what it came to, how each rep was, and its curve.

import { AskError, get } from "./api.js";
import { openCorrection } from "./correct.js";
import { element, make, setText } from "./dom.js";
import { download } from "./download.js";
import { learnSession, mayChange, onSession } from "./session.js";
import { showCharts, showCurve } from "./set_charts.js";
import { showReps, showRules } from "./set_tables.js";
import { amountOf, clockOf, dayOf, dayWords, duration, metres, reps, span } from "./words.js";

const path = location.pathname.replace(/^\/history\//, "/api/history/sets/");
let set = null;

function note() {
  if (!set.finished) return "Its end has not been heard: it still goes on, or the station stopped.";
  if (set.corrected === "discarded") return `Discarded: ${reps(set.live_reps)} had been counted.`;
  if (set.corrected === "corrected") return `Corrected by hand: ${reps(set.live_reps)} had been counted live.`;
  if (set.corrected === "review") return `Corrected by the review: ${reps(set.live_reps)} had been counted live.`;
  return "";
}

function sides() {
  if (set.total_reps === null) return null;
  const seen = set.total_reps - set.other_side_reps;
  return set.worn_side ? `${seen} ${set.worn_side}, ${set.other_side_reps} the other` : `${seen} seen, ${set.other_side_reps} inferred`;
}

function askedFor() {
  if (set.asked_least === null) return null;
  const words = span(set.asked_least, set.asked_most);
  return `${words}${set.asked_unit === "reps" ? "" : ` ${set.asked_unit}`}${set.target === null ? "" : `, ${set.target}`}`;
}

function facts() {
  const known = [
    ["Quality", set.quality_percent, (value) => `${Math.round(value)} % right`],
    ["Tempo", set.tempo, String],
    ["Best lifting velocity", set.best_velocity_mps, (value) => `${value.toFixed(2)} m/s`],
    ["Velocity loss", set.velocity_loss_percent, (value) => `${Math.max(0, Math.round(value))} %`],
    ["Range, median", set.range_m ?? set.range_deg, () => metres(set.range_m, set.range_deg)],
    ["Asked for", askedFor(), String],
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
  setText("when", `${dayWords(dayOf(set.start_ts))}, ${clockOf(set.start_ts)}${set.simulated ? ", simulated" : ""}`);
  setText("title", `Set ${set.set} · ${set.exercise_name}`);
  setText("figure", `${figure}${unit}`);
  element("figure").append(make("span", "unseen", words));
  element("note").hidden = note() === "";
  setText("note", note());
  element("cue").hidden = set.cues.length === 0;
  setText("cue", set.cues.join(" "));
  document.title = `${figure}${unit} · ${set.exercise_name} · repclip`;
}

function showLinks() {
  element("correct").hidden = !(set?.correctable && mayChange());
  if (!set) return;
  element("trace").hidden = !set.recording;
  const day = dayOf(set.start_ts);
  element("day").href = `/history?from=${day}&to=${day}`;
}

async function showCurveOf() {
  element("curve-figure").hidden = !set.has_curve;
  if (!set.has_curve) return;
  // Seen before it is drawn, so that it has a size.
  showCurve(await get(`${path}/curve`), set.rep_list.filter((rep) => !rep.withdrawn));
}

async function show() {
  try {
    set = await get(path);
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

element("trace").addEventListener("click", () => download(`${path}/trace`, set.recording));
element("correct").addEventListener("click", () => openCorrection(set, set.station, set.session));
// The history hears of the correction over MQTT, a moment after the station has answered.
element("correct-dialog").addEventListener("corrected", () => setTimeout(show, 500));
onSession(showLinks);
await Promise.all([show(), learnSession()]);
