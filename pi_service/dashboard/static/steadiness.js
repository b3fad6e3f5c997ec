// How steady the torso is: now, in the last rep, and rep by rep.

import { element, make, setShare } from "./dom.js";

const REPS_SHOWN = 15;

let drawn = "";

function words({ now_deg: now, last_deg: last, bound_deg: bound, basis }) {
  const parts = [];
  if (now !== null && now !== undefined) parts.push(`${now.toFixed(1)}° now`);
  if (last !== null && last !== undefined) parts.push(`${last.toFixed(1)}° in the last rep`);
  if (bound !== null && bound !== undefined) parts.push(`at most ${Number(bound.toFixed(1))}°`);
  return `Torso ${parts.join(", ")}, ${basis}`;
}

/** Show the torso's steadiness; nothing where it is not judged. */
export function showSteadiness(view) {
  const told = view?.session ? view.steadiness : null;
  element("steadiness").hidden = told === null;
  if (told === null) return;
  const text = words(told);
  if (element("steadiness-text").textContent !== text) element("steadiness-text").textContent = text;
  element("steadiness").dataset.ok = String(told.ok !== false);
  const reps = (told.per_rep ?? []).slice(-REPS_SHOWN);
  const key = JSON.stringify([reps, told.bound_deg]);
  if (key === drawn) return;
  drawn = key;
  const end = Math.max(1.5 * (told.bound_deg ?? 0), ...reps.map((rep) => rep.deg), 1);
  element("steadiness-reps").replaceChildren(
    ...reps.map((rep) => {
      const bar = make("i");
      bar.dataset.ok = String(rep.ok);
      setShare(bar, "--height", rep.deg / end);
      return bar;
    }),
  );
  setShare(element("steadiness-reps"), "--bound", told.bound_deg ? told.bound_deg / end : 0);
}
