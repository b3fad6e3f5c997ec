// How steady the torso or a held pose is: now, in the last rep, and rep by rep.

import { element, make, setShare, setText } from "./dom.js";
import { capital, ruleName } from "./words.js";

const REPS_SHOWN = 15;

let drawn = "";

function words({ rule, now_deg: now, last_deg: last, bound_deg: bound, basis }, kind) {
  const parts = [];
  if (now !== null) parts.push(`${now.toFixed(1)}° now`);
  parts.push(`${last.toFixed(1)}°${kind === "reps" ? " in the last rep" : ""}`);
  if (bound !== null) parts.push(`at most ${Number(bound.toFixed(1))}°`);
  return `${capital(ruleName(rule))} ${parts.join(", ")}, ${basis}`;
}

/** Show how steady the torso, or a held pose, is; its line stays empty where that is not judged. */
export function showSteadiness(view) {
  const told = view?.session ? view.steadiness : null;
  setText("steadiness-text", told ? words(told, view.kind) : "");
  element("steadiness").dataset.ok = String(told?.ok !== false);
  showReps((told?.per_rep ?? []).slice(-REPS_SHOWN), told?.bound_deg ?? null);
}

function showReps(reps, bound) {
  const key = JSON.stringify([reps, bound]);
  if (key === drawn) return;
  drawn = key;
  const end = Math.max(1.5 * (bound ?? 0), ...reps.map((rep) => rep.deg), 1);
  element("steadiness-reps").dataset.bound = String(bound !== null && reps.length > 0);
  element("steadiness-reps").replaceChildren(
    ...reps.map((rep) => {
      const bar = make("i");
      bar.dataset.ok = String(rep.ok);
      setShare(bar, "--height", rep.deg / end);
      return bar;
    }),
  );
  setShare(element("steadiness-reps"), "--bound", bound ? bound / end : 0);
}
