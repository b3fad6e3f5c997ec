// Puts a station's view into the page. Only text changes; the boxes stay where they are.

import { duration, exerciseName, moment, reps, seconds } from "./words.js";

const element = (id) => document.getElementById(id);
// A box that is empty for now keeps its line.
const setText = (id, text) => {
  const node = element(id);
  if (node.textContent !== text) node.textContent = text || "\u00a0";
};

function make(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

let shownCount = null;

function showCount(view) {
  const known = view !== null && view.session !== null;
  const figure = known ? String(view.reps) : "–";
  if (figure === shownCount) return;
  const output = element("count");
  output.dataset.digits = known ? figure.length : 0;
  element("count-figure").textContent = figure;
  element("count-words").textContent = known ? ` ${view.reps === 1 ? "repetition" : "repetitions"}` : "";
  output.classList.remove("counted");
  if (shownCount !== null && known && view.reps > Number(shownCount)) {
    void output.offsetWidth; // starts the animation again
    output.classList.add("counted");
  }
  shownCount = figure;
}

function verdict(view) {
  if (!view?.session) return [""];
  if (view.active) return ["reps, counting live"];
  if (view.set === 0) return ["ready for the first rep"];
  const last = view.sets.findLast((each) => each.session === view.session && each.set === view.set);
  if (last?.corrected) return ["strong:final", `, ${last.live_reps} counted live`];
  return ["strong:final", " count of the set"];
}

function showVerdict(view) {
  const parts = verdict(view).map((part) => {
    if (!part.startsWith("strong:")) return document.createTextNode(part || "\u00a0");
    const strong = document.createElement("strong");
    strong.textContent = part.slice(7);
    return strong;
  });
  element("verdict").replaceChildren(...parts);
}

function showPhase(view) {
  for (const item of element("phases").children) {
    if (view?.session && item.dataset.phase === view.phase) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

function showLastRep(view) {
  const rep = view?.rep_list.at(-1);
  if (!rep) return setText("rep-facts", "");
  const travel = rep.range_m === null ? `${Math.round(rep.range_deg)}°` : `${Math.round(rep.range_m * 100)} cm`;
  setText("rep-facts", `Last rep ${seconds(rep.duration_s)}: ${seconds(rep.out_s)} out, ${seconds(rep.back_s)} back, ${travel}`);
}

function correctionNote(set) {
  const changes = [];
  if (set.withdrawn) changes.push(`${set.withdrawn} withdrawn`);
  if (set.added) changes.push(`${set.added} added`);
  const how = changes.length ? `, ${changes.join(" and ")}` : "";
  return `Corrected: ${set.live_reps} live${how}`;
}

function setItem(set, view) {
  const item = document.createElement("li");
  item.dataset.set = set.set;
  if (set.session !== view.session) item.className = "earlier";
  const what = `${exerciseName(set.exercise)}, ${moment(set.end_ts)}, ${duration(set.duration_s)}`;
  const count = make("span", "set-reps", String(set.reps));
  count.append(make("span", "unseen", set.reps === 1 ? " repetition" : " repetitions"));
  item.append(make("span", "set-name", `Set ${set.set}`), count, make("span", "set-what", what));
  if (set.corrected) item.append(make("span", "set-note", correctionNote(set)));
  return item;
}

let shownSets = "";

function showSets(view) {
  const sets = view?.sets ?? [];
  const key = JSON.stringify([view?.session, sets]);
  if (key === shownSets) return;
  shownSets = key;
  const here = sets.filter((each) => each.session === view.session);
  setText("sets-total", here.length ? `${reps(here.reduce((sum, each) => sum + each.reps, 0))} in all` : "");
  element("no-sets").hidden = sets.length > 0;
  element("sets").hidden = sets.length === 0;
  element("sets").replaceChildren(...sets.toReversed().map((each) => setItem(each, view)));
}

function showGaps(view) {
  const gaps = view?.gaps ?? 0;
  element("gaps").hidden = gaps === 0;
  if (gaps) setText("gaps", `Samples were missing ${gaps === 1 ? "once" : `${gaps} times`}, ${seconds(view.lost_s)} in all.`);
}

/** Show a station; null while none has been heard. */
export function showStation(view, askedFor) {
  const name = view?.name ?? askedFor;
  setText("station", name ?? "");
  element("simulated").hidden = !view?.simulated;
  setText("exercise", view?.session ? exerciseName(view.exercise) : `Waiting for ${name ?? "a station"}`);
  setText("set", view?.set ? `Set ${view.set}` : "");
  document.body.dataset.final = String(Boolean(view?.session && !view.active && view.count === "final"));
  showCount(view);
  showVerdict(view);
  showPhase(view);
  showLastRep(view);
  showSets(view);
  showGaps(view);
  document.title = view?.session ? `${view.reps} · ${exerciseName(view.exercise)} · ${view.name}` : "repclip";
}

/** Show the list of stations; hidden while there is nothing to choose. */
export function showStations(stations, current) {
  const nav = element("stations");
  nav.hidden = stations.length < 2 && stations.every((each) => each.name === current);
  nav.replaceChildren(
    ...stations.map((each) => {
      const link = make("a", "", each.active ? `${each.name} · ${each.reps}` : each.name);
      link.href = `/station/${encodeURIComponent(each.name)}`;
      link.dataset.online = String(each.online);
      if (!each.online) link.title = "offline";
      if (each.name === current) link.setAttribute("aria-current", "page");
      return link;
    }),
  );
}

/** Show how fresh the page is: "live", "waiting", "quiet" or "broken", and why. */
export function showLink(kind, text) {
  document.body.dataset.link = kind;
  setText("status-text", text);
}
