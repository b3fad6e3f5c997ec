// Words and times for people.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const dateAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** "vertical_pull" reads "Vertical pull". */
export function exerciseName(id) {
  if (!id || id === "any") return "Any exercise";
  const words = id.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

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
