// Puts a station's view into the page. Only text changes; the boxes stay where they are.

import { showCount, showVerdict } from "./count.js";
import { element, make, setText } from "./dom.js";
import { showHealth } from "./health.js";
import { showCue, showRepVerdict } from "./judged.js";
import { showTowards } from "./rest.js";
import { showSets } from "./sets.js";
import { showSteadiness } from "./steadiness.js";
import { showTempo } from "./tempo.js";
import { amountOf, capital, seconds, setWords } from "./words.js";

// Where the exercise knows it, the way out and the way back are called what they are.
function showPhase(view) {
  const out = view?.out_is ?? "out";
  const words = { out, back: { out: "back", lifting: "lowering", lowering: "lifting" }[out] };
  element("phases").dataset.kind = view?.kind ?? "reps";
  for (const item of element("phases").children) {
    const word = words[item.dataset.phase];
    if (word) {
      setText(item, capital(word));
      item.hidden = Boolean(view) && view.kind !== "reps";
    }
    const now = item.dataset.phase === view?.phase || (item.dataset.phase === "moving" && item.parentNode.dataset.kind !== "reps" && view?.phase !== "still");
    if (view?.session && now) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

function showGaps(view) {
  const gaps = view?.gaps ?? 0;
  element("gaps").hidden = gaps === 0;
  if (gaps) setText("gaps", `Samples were missing ${gaps === 1 ? "once" : `${gaps} times`}, ${seconds(view.lost_s)} in all.`);
}

function showPlace(view, name) {
  setText("station", name ?? "");
  element("athlete").hidden = !view?.athlete;
  setText("athlete", view?.athlete ?? "");
  element("simulated").hidden = !view?.simulated;
  element("recording").hidden = !view?.recording.on;
}

function showPlan(view) {
  const plan = view?.session ? view.plan : null;
  element("plan").hidden = plan === null;
  if (plan === null) return;
  const next = plan.next_exercise_name;
  const step = plan.step ? `, ${plan.step} of ${plan.steps}` : "";
  setText("plan", `Plan ${plan.name}${step}${next ? `; next: ${next}` : ""}`);
}

// "8", "38 s", "18.2 m": for where there is little room.
function short(done) {
  const { figure, unit } = amountOf(done);
  return `${figure}${unit}`;
}

/** Show a station; null while none has been heard. */
export function showStation(view, askedFor) {
  const name = view?.name ?? askedFor;
  showPlace(view, name);
  setText("exercise", view?.session ? view.exercise_name : `Waiting for ${name ?? "a station"}`);
  setText("set", view ? setWords(view) : "");
  document.body.dataset.final = String(Boolean(view?.session && !view.active && view.count === "final"));
  showCount(view);
  showVerdict(view);
  showTowards(view);
  showCue(view);
  showPhase(view);
  showTempo(view);
  showRepVerdict(view);
  showSteadiness(view);
  showPlan(view);
  showSets(view);
  showGaps(view);
  showHealth(view);
  document.title = view?.session ? `${short(view)} · ${view.exercise_name} · ${view.name}` : "repclip";
}

/** Show the list of stations; hidden while there is nothing to choose. */
export function showStations(stations, current) {
  const nav = element("stations");
  nav.hidden = stations.length < 2 && stations.every((each) => each.name === current);
  // Those that are there come first.
  const sorted = [...stations].sort((a, b) => b.online - a.online);
  nav.replaceChildren(
    ...sorted.map((each) => {
      const link = make("a", "", each.active && each.online ? `${each.name} · ${short(each)}` : each.name);
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
