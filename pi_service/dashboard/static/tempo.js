// The tempo of the last rep, and of the one that is under way, beside what is asked for.

import { element, make, setShare, setText } from "./dom.js";
import { metresOrDegrees } from "./words.js";

const PHASES = {
  lifts: [
    ["lowering", "lowering_s", "lowering"],
    ["pause", "lowered_pause_s", "stretch_pause"],
    ["lifting", "lifting_s", "lifting"],
    ["pause", "lifted_pause_s", "top_pause"],
  ],
  turns: [
    ["out", "out_moving_s", "out"],
    ["pause", "turn_pause_s", "turn_pause"],
    ["back", "back_moving_s", "back"],
    ["pause", "home_pause_s", "home_pause"],
  ],
};
// A gauge is this long at least, so that a quick rep does not look slow.
const GAUGE_S = 3;

const cells = [...element("tempo").children];
cells.slice(0, 4).forEach((cell) => {
  const gauge = make("span", "gauge");
  gauge.setAttribute("aria-hidden", "true");
  gauge.append(make("i", "asked"), make("i", "done"));
  const value = make("span");
  value.textContent = cell.lastElementChild.textContent;
  cell.lastElementChild.replaceChildren(value, gauge);
});

// The rep under way: how long its ways took so far, timed here; what the station measured replaces it.
let running = { set: null, reps: 0, phase: null, since: 0, timed: false, done: {} };
let shown = null;

function follow(view) {
  const set = view.active ? `${view.session} ${view.set}` : null;
  const phase = view.active && ["out", "back"].includes(view.phase) ? view.phase : null;
  if (set !== running.set) running = { set, reps: view.reps, phase, since: 0, timed: false, done: {} };
  if (phase !== running.phase) {
    if (running.timed) running.done[running.phase] = elapsed();
    if (phase === "out") running.done = {};
    Object.assign(running, { phase, since: performance.now(), timed: phase !== null });
  }
  if (view.reps === running.reps) return;
  // The rep is measured now. Of the next one no more than the way out can have begun.
  Object.assign(running, { reps: view.reps, timed: running.timed && phase === "out", done: {} });
}

const elapsed = () => (performance.now() - running.since) / 1000;

function wayOf(view, phase) {
  const out = view.out_is;
  if (!out) return phase;
  return phase === "out" ? out : { lifting: "lowering", lowering: "lifting" }[out];
}

function underWay(view) {
  const times = {};
  for (const [phase, seconds] of Object.entries(running.done)) times[wayOf(view, phase)] = seconds;
  if (running.timed) times[wayOf(view, running.phase)] = elapsed();
  return times;
}

function showCell(cell, name, seconds, bounds, now) {
  const [title, value] = cell.children;
  setText(title, name);
  setText(value.firstElementChild, seconds === null || seconds === undefined ? "–" : `${seconds.toFixed(1)} s`);
  const least = bounds?.least ?? null;
  const most = bounds?.most ?? null;
  const end = Math.max(GAUGE_S, 1.5 * (most ?? least ?? 0));
  const wrong = !now && seconds != null && ((least !== null && seconds < least) || (most !== null && seconds > most));
  cell.dataset.now = String(now);
  cell.dataset.ok = String(!wrong);
  cell.dataset.asked = String(least !== null || most !== null);
  setShare(cell, "--least", (least ?? 0) / end);
  setShare(cell, "--most", most === null ? 1 : most / end);
  setShare(cell, "--done", (seconds ?? 0) / end);
}

function showSpeed(view, rep) {
  const [title, value] = cells[5].children;
  const speed = view?.velocity_mps ?? null;
  const loss = view?.velocity_loss_percent ?? null;
  setText(title, speed !== null && loss !== null && rep ? `loss ${Math.max(0, Math.round(loss))} %` : "speed");
  setText(value, speed === null || !rep ? "–" : `${speed.toFixed(2)} m/s`);
}

/** Show the tempo of the last rep as four figures and gauges, how far it went and how fast it was lifted. */
export function showTempo(view) {
  shown = view;
  element("tempo").hidden = Boolean(view) && view.kind !== "reps";
  if (element("tempo").hidden) return;
  if (view) follow(view);
  const rep = view?.rep_list.at(-1);
  const times = view ? underWay(view) : {};
  PHASES[(rep?.out_is ?? view?.out_is) ? "lifts" : "turns"].forEach(([name, key, way], at) => {
    const measured = rep?.[key] ?? (way === "out" || way === "back" ? rep?.[`${way}_s`] : undefined);
    const now = running.timed && wayOf(view, running.phase) === way;
    showCell(cells[at], name, times[way] ?? measured, view?.asked_tempo?.[way], now);
  });
  setText(cells[4].lastElementChild, rep ? metresOrDegrees(rep) : "–");
  showSpeed(view, rep);
}

// A tenth of a second is what the figures show.
setInterval(() => {
  if (running.timed) showTempo(shown);
}, 100);
