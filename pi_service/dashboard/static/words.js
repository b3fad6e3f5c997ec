// Words and times for people.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** "vertical_pull" reads "Vertical pull". */
export function exerciseName(id) {
  if (!id || id === "any") return "Any exercise";
  const words = id.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function timeOfDay(text) {
  return clock.format(new Date(text));
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
