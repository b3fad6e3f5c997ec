// Week by week: how much was done, how fast, and the personal bests.

import { get } from "./api.js";
import { bars, dots } from "./charts.js";
import { element, make, setText } from "./dom.js";
import { asked, withFilters, zone } from "./filters.js";
import { dayWords, weekWords } from "./words.js";

// What tells the volume of a week: whichever there is, in this order.
const VOLUMES = [
  ["reps", "Repetitions a week"],
  ["held_s", "Seconds held a week"],
  ["distance_m", "Metres carried a week"],
];

function showVolume(weeks) {
  const [key, title] = VOLUMES.find(([name]) => weeks.some((week) => week[name])) ?? VOLUMES[0];
  setText("volume-title", title);
  const values = weeks.map((week) => week[key] ?? 0);
  bars(element("volume"), {
    labels: weeks.map((week) => weekWords(week.monday)),
    columns: [values],
    description: `${title}: ${Math.round(values.at(-1) ?? 0)} in the last one, ${Math.round(Math.max(0, ...values))} at most`,
  });
}

// Velocities of different exercises do not compare.
function showSpeed(weeks) {
  const values = weeks.map((week) => week.best_velocity_mps ?? null);
  const known = values.filter((value) => value !== null);
  const shown = asked().has("exercise") && known.length > 0;
  element("speed-figure").hidden = !shown;
  if (!shown) return;
  dots(element("speed"), {
    labels: weeks.map((week) => weekWords(week.monday)),
    values,
    description: `Best lifting velocity of each week: ${known.at(-1).toFixed(2)} m/s in the last one, ${Math.max(...known).toFixed(2)} m/s at most`,
  });
}

const BESTS = { reps: "most repetitions", held: "longest hold", distance: "longest carry", velocity: "fastest lift" };
const DIGITS = { reps: 0, s: 0, m: 1, "m/s": 2 };

function bestRow(best) {
  const row = make("tr");
  const day = make("td");
  const link = make("a", "", dayWords(best.day));
  link.href = `/history/${[best.station, best.session, best.set].map(encodeURIComponent).join("/")}`;
  day.append(link);
  row.append(make("th", "", `${best.exercise_name}, ${BESTS[best.what]}`), make("td", "number", `${best.value.toFixed(DIGITS[best.unit])} ${best.unit}`), day);
  row.firstElementChild.scope = "row";
  return row;
}

/** Show the weeks and the bests of what is asked for. */
export async function showTrends() {
  const { weeks, bests } = await get(withFilters("/api/history/trends", { tz: zone() }, ["from", "to"]));
  const empty = weeks.every((week) => week.sets === 0);
  element("trends").hidden = empty;
  if (empty) return;
  showVolume(weeks);
  showSpeed(weeks);
  element("no-bests").hidden = bests.length > 0;
  element("bests").hidden = bests.length === 0;
  element("bests").tBodies[0].replaceChildren(...bests.map(bestRow));
}
