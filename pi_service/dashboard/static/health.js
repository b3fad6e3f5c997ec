// What is wrong with the station: one red line, and the sensor's figures for who wants to know.

import { element, make, setText } from "./dom.js";
import { moment, seconds } from "./words.js";

// How long what the station noticed (a clip that slipped) stays on top of the page.
const NOTICE_MS = 120_000;

let pairsShown = "";

function alarmOf(view, historyProblem) {
  if (!view?.online) return historyProblem ? ["notice", historyProblem] : ["", ""];
  const faults = view.health.faults;
  if (faults.length) return ["fault", [...new Set(faults.map((fault) => fault.text))].join(" ")];
  const newest = view.notices.at(-1);
  if (newest && Date.now() - new Date(newest.ts).getTime() < NOTICE_MS) return ["notice", newest.text];
  return historyProblem ? ["notice", historyProblem] : ["", ""];
}

/** Show in one line what is wrong: with the station, or with the history that is kept of it. */
export function showAlarm(view, historyProblem) {
  const [kind, text] = alarmOf(view, historyProblem);
  const box = element("alarm");
  box.dataset.kind = kind;
  if (box.textContent !== text) box.textContent = text;
  box.hidden = text === "";
}

function sensorPairs(sensor) {
  const name = { limb: "Limb", torso: "Torso" }[sensor.sensor] ?? sensor.sensor;
  const figures = [
    ["rate", sensor.rate_hz, (value) => `${value.toFixed(1)} Hz`],
    ["last sample", sensor.silent_s, (value) => (value < 1 ? "just now" : `${seconds(value, 0)} ago`)],
    ["lost samples", sensor.lost_samples, String],
    ["bus errors", sensor.bus_errors, String],
    ["chip", sensor.temperature_c, (value) => `${value.toFixed(1)} °C`],
  ];
  return figures.filter(([, value]) => value !== null && value !== undefined).map(([what, value, tell]) => [`${name}, ${what}`, tell(value)]);
}

function stationPairs(health) {
  const pairs = [];
  if (health.queue_s >= 0.5) pairs.push(["Counting is behind by", seconds(health.queue_s)]);
  if (health.outbox_waiting) pairs.push(["Messages that wait", String(health.outbox_waiting)]);
  return pairs;
}

function summary({ online, health }) {
  if (!online) return "Sensor: the station is offline";
  if (health.faults.length) return "Sensor: something is wrong";
  const rates = health.sensors.filter((each) => each.rate_hz !== null).map((each) => `${Math.round(each.rate_hz)} Hz`);
  if (!rates.length) return "Sensor: nothing told yet";
  return `Sensor: ${rates.join(" and ")}, ${health.ok ? "all well" : "not as it should be"}`;
}

/** Show the sensor's figures, and what was noticed of it. */
export function showHealth(view) {
  const box = element("sensor");
  box.hidden = !view?.session;
  if (box.hidden) return;
  setText(box.querySelector("summary"), summary(view));
  const pairs = [...view.health.sensors.flatMap(sensorPairs), ...stationPairs(view.health)];
  for (const notice of view.notices.slice(-3)) pairs.push([moment(notice.ts), notice.text]);
  const key = JSON.stringify(pairs);
  if (key === pairsShown) return;
  pairsShown = key;
  box.querySelector("dl").replaceChildren(...pairs.flatMap(([what, value]) => [make("dt", "", what), make("dd", "", value)]));
}
