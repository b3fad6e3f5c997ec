// The days of the history: one folded box each, its sets inside.

import { get } from "./api.js";
import { element, make } from "./dom.js";
import { download } from "./download.js";
import { withFilters, zone } from "./filters.js";
import { amountOf, clockOf, dayWords, plural, reps } from "./words.js";

const DAYS_AT_ONCE = 30;
const SETS_AT_ONCE = 200;

function totals(day) {
  const parts = [plural(day.sets, "set")];
  if (day.reps) parts.push(reps(day.reps));
  if (day.held_s) parts.push(`${Math.floor(day.held_s)} s held`);
  if (day.distance_m) parts.push(`${day.distance_m.toFixed(1)} m`);
  return parts.join(", ");
}

function setHref(set) {
  return `/history/${[set.station, set.session, set.set].map(encodeURIComponent).join("/")}`;
}

function figure(set) {
  const { figure: number, unit, words } = amountOf(set);
  const node = make("span", "row-figure", `${number}${unit}`);
  node.append(make("span", "unseen", words));
  return node;
}

function howItWas(set) {
  const parts = [];
  if (set.corrected === "discarded") return "discarded";
  if (!set.finished) parts.push("without an end yet");
  if (set.tempo) parts.push(`tempo ${set.tempo}`);
  if (set.best_velocity_mps !== null) parts.push(`${set.best_velocity_mps.toFixed(2)} m/s`);
  if (set.quality_percent !== null) parts.push(`${Math.round(set.quality_percent)} % right`);
  if (set.corrected === "corrected") parts.push(`corrected from ${set.live_reps}`);
  return parts.join(", ");
}

function row(set) {
  const item = make("li");
  const link = make("a", "set-row");
  link.href = setHref(set);
  link.dataset.discarded = String(set.corrected === "discarded");
  const who = [set.station, set.athlete, set.simulated ? "simulated" : null].filter(Boolean).join(", ");
  link.append(
    make("span", "row-time", clockOf(set.start_ts)),
    make("span", "row-name", set.exercise_name),
    figure(set),
    make("span", "row-how", howItWas(set)),
    make("span", "row-who", who),
  );
  item.append(link);
  return item;
}

function fitButton(day, station) {
  const button = make("button", "quiet", `FIT of ${station}`);
  button.type = "button";
  button.addEventListener("click", () => {
    const query = new URLSearchParams({ day: day.day, station, tz: zone() });
    download(`/api/history/export/workout.fit?${query}`, `${day.day}-${station}.fit`);
  });
  return button;
}

// The newest sets of a day come first, and are read from the top down: earlier ones are put above them.
async function fill(box, day, stations, before = null) {
  const problem = box.querySelector(".none");
  const earlier = box.querySelector(".day-earlier");
  try {
    const more = { day: day.day, tz: zone(), limit: SETS_AT_ONCE, ...(before && { before }) };
    const { sets, next } = await get(withFilters("/api/history/sets", more, ["from", "to"]));
    box.querySelector("ol").prepend(...sets.toReversed().map(row));
    for (const set of sets) stations.add(set.station);
    box.querySelector(".day-exports").replaceChildren(...[...stations].sort().map((station) => fitButton(day, station)));
    problem.hidden = true;
    earlier.hidden = next === null;
    earlier.onclick = () => fill(box, day, stations, next);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function dayBox(day, open) {
  const box = make("details", "day panel");
  const summary = make("summary");
  const what = day.exercises.map((each) => each.name).join(", ");
  summary.append(make("span", "day-date", dayWords(day.day)), make("span", "day-totals", totals(day)), make("span", "day-what", what));
  const earlier = make("button", "day-earlier", "Earlier sets");
  earlier.type = "button";
  earlier.hidden = true;
  box.append(summary, make("p", "none"), earlier, make("ol", "set-rows"), make("p", "day-exports"));
  let filled = false;
  box.addEventListener("toggle", () => {
    if (!box.open || filled) return;
    filled = true;
    fill(box, day, new Set());
  });
  box.open = open;
  return box;
}

function emptyWords(filtered) {
  if (filtered) return "No set fits these filters: choose others, or set them all back to “all”.";
  return "There is no finished set yet. A set is kept here when it is over: start a station, or look at repclip demo.";
}

/** Show the newest days; `before` appends the days before that one. */
export async function showDays(filtered, before = null) {
  const more = { tz: zone(), limit: DAYS_AT_ONCE, ...(before && { to: before }) };
  const days = await get(withFilters("/api/history/days", more));
  const list = element("day-list");
  const boxes = days.map((day, at) => dayBox(day, !before && at === 0));
  if (before) list.append(...boxes);
  else list.replaceChildren(...boxes);
  element("no-days").hidden = list.children.length > 0;
  element("no-days").textContent = emptyWords(filtered);
  const button = element("earlier");
  button.hidden = days.length < DAYS_AT_ONCE;
  button.onclick = () => showDays(filtered, dayBefore(days.at(-1).day));
}

function dayBefore(day) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}
