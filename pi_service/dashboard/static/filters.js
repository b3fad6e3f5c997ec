// Which part of the history is shown: the fields and the address of the page say the same.

import { element } from "./dom.js";

const NAMES = ["exercise", "athlete", "station", "from", "to"];

const form = element("filters");

/** What the address asks for, as query parameters without the empty ones. */
export function asked() {
  const all = new URLSearchParams(location.search);
  return new URLSearchParams(NAMES.filter((name) => all.get(name)).map((name) => [name, all.get(name)]));
}

/** The path of something of the history, with the filters and more. */
export function withFilters(path, more = {}, without = []) {
  const query = asked();
  without.forEach((name) => query.delete(name));
  for (const [name, value] of Object.entries(more)) if (value !== null && value !== undefined) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** The browser's time zone: days begin where the reader is. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function fillSelect(name, choices) {
  const select = form.elements[name];
  const wanted = asked().get(name) ?? "";
  // What the address asks for can be seen, even where there is nothing of it.
  const all = choices.some(([value]) => value === wanted) || !wanted ? choices : [...choices, [wanted, wanted]];
  select.replaceChildren(...[["", "all"], ...all].map(([value, text]) => new Option(text, value)));
  select.value = wanted;
}

/** Fill the fields with what there is, and set them to what the address asks for. */
export function showFilters({ stations, exercises, athletes, first_day: first, last_day: last }) {
  fillSelect("exercise", exercises.map(({ id, name }) => [id, name]));
  fillSelect("athlete", athletes.map((name) => [name, name]));
  fillSelect("station", stations.map((name) => [name, name]));
  for (const name of ["from", "to"]) {
    form.elements[name].value = asked().get(name) ?? "";
    form.elements[name].min = first ?? "";
    form.elements[name].max = last ?? "";
  }
  for (const table of ["sets", "reps"]) element(`${table}-csv`).href = withFilters(`/api/history/export/${table}.csv`, { tz: zone() });
}

/** Call back whenever other sets are asked for, by the fields or by going back. */
export function onFilters(callback) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    const query = new URLSearchParams(NAMES.filter((name) => form.elements[name].value).map((name) => [name, form.elements[name].value]));
    history.pushState(null, "", query.size ? `/history?${query}` : "/history");
    callback();
  });
  addEventListener("popstate", callback);
}
