// Words and times for people.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const dateAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** The time of day, with the date when that is not today. */
export function moment(text, now = new Date()) {
  const then = new Date(text);
  if (then.toDateString() === now.toDateString()) return clock.format(then);
  return (then.getFullYear() === now.getFullYear() ? dayAndClock : dateAndClock).format(then);
}

export function momentOfDay(milliseconds) {
  return clockWithSeconds.format(new Date(milliseconds));
}

export function reps(count) {
  return count === 1 ? "1 rep" : `${count} reps`;
}

export function seconds(value, digits = 1) {
  return `${value.toFixed(digits)} s`;
}

/** 75.2 reads "1 min 15 s". */
export function duration(value) {
  const whole = Math.round(value);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** 3 and "step" read "3 steps". */
export function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** 30 and 60 read "30–60"; 18.3 and null read "18.3". */
export function span(least, most) {
  return most === null || most === least ? String(least) : `${least}–${most}`;
}

/** What a set came to: the figure, its unit, and the words that a screen reader says after the figure. */
export function amountOf(done) {
  if (done.kind === "hold") {
    const value = Math.floor(done.held_s ?? 0);
    return { value, figure: String(value), unit: " s", words: value === 1 ? " second held" : " seconds held" };
  }
  if (done.kind === "carry") {
    const value = done.distance_m ?? 0;
    return { value, figure: value.toFixed(1), unit: " m", words: " metres carried" };
  }
  // Of a set whose sides alternate both count; what a person said of it is said of both.
  const said = ["corrected", "discarded"].includes(done.said ?? done.corrected);
  const value = said ? done.reps : (done.total_reps ?? done.reps);
  return { value, figure: String(value), unit: "", words: value === 1 ? " repetition" : " repetitions" };
}

/** How far something went: by height where that is known, otherwise by angle. */
export function metres(far_m, turned_deg) {
  if (far_m !== null) return `${Math.round(far_m * 100)} cm`;
  return turned_deg === null ? "–" : `${Math.round(turned_deg)}°`;
}

/** How far a rep went. */
export const metresOrDegrees = (rep) => metres(rep.range_m, rep.range_deg);

const UNITS = { deg: "°", s: " s", times: " times", breaks: "", m: " m", "steps/s": " steps a second", "m/s3": " m/s³" };

function value(number, unit, digits) {
  if (unit === "share") return `${Number((number * 100).toFixed(Math.max(0, digits - 1)))} %`;
  return `${digits ? number.toFixed(digits) : Number(number.toPrecision(4))}${UNITS[unit] ?? ` ${unit}`}`;
}

/** "bar_level" reads "bar level". */
export function ruleName(rule) {
  return rule.replaceAll("_", " ");
}

function boundsOf(rule) {
  return [
    ["at least", rule.least],
    ["at most", rule.most],
  ].filter(([, bound]) => bound !== null);
}

/** A rule's value, with as many digits as it takes to tell it from its bound. */
export function figureWords(rule) {
  const bounds = boundsOf(rule);
  const whole = rule.unit === "breaks" || (rule.unit === "deg" && Math.abs(rule.measured) >= 10);
  let digits = whole ? 0 : 1;
  const same = () => bounds.some(([, bound]) => Number(rule.measured.toFixed(digits)) === bound);
  while (rule.unit !== "share" && digits < 3 && same() && bounds.every(([, bound]) => bound !== rule.measured)) digits += 1;
  return digits || rule.unit === "share" ? value(rule.measured, rule.unit, digits) : `${Math.round(rule.measured)}${UNITS[rule.unit]}`;
}

/** A rule's bounds: "at least 1.5 s". */
export function boundWords(rule) {
  return boundsOf(rule)
    .map(([word, bound]) => `${word} ${value(bound, rule.unit, 0)}`)
    .join(" and ");
}

/** What a rule says: "lowering 1.1 s, at least 1.5 s, measured". */
export function ruleWords(rule) {
  return `${ruleName(rule.rule)} ${figureWords(rule)}, ${boundWords(rule)}, ${rule.basis}`;
}

/** 75.2 reads "1:15", as on a clock. */
export function clockTime(value) {
  const whole = Math.max(0, Math.floor(value));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The first letter large. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "of 10–15", "of 30–60 s", or "" where nothing is asked for. */
export function askedWords(view) {
  if (view.asked_least === null) return "";
  return `of ${span(view.asked_least, view.asked_most)}${{ hold: " s", carry: " m" }[view.kind] ?? ""}`;
}

/** "Set 2 of 3"; without a prescription the number in the session. */
export function setWords(view) {
  const place = view.set_place;
  const least = view.sets_least ?? view.sets_most;
  const most = view.sets_most ?? least;
  if (!place || !most || place > most) return view.set ? `Set ${view.set}` : "";
  return `Set ${place} of ${span(least, most)}`;
}

/** The time of day. */
export const clockOf = (text) => clock.format(new Date(text));

const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const weekdayAndYear = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** The calendar day of a moment, where the reader is: "2026-03-04". */
export function dayOf(text) {
  const then = new Date(text);
  return [then.getFullYear(), then.getMonth() + 1, then.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** A calendar day: "Wed 4 Mar", with the year when that is not this one. */
export function dayWords(day, now = new Date()) {
  const then = new Date(`${day}T00:00:00Z`);
  return (then.getUTCFullYear() === now.getFullYear() ? weekday : weekdayAndYear).format(then);
}

/** The week that begins on that day. */
export const weekWords = (monday) => dayAndMonth.format(new Date(`${monday}T00:00:00Z`));
