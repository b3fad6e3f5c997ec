// The page of one station: listens to the server's events and shows what they say.

import { showControls } from "./controls.js";
import { Curve } from "./curve.js";
import { showAlarm } from "./health.js";
import { learnSession } from "./session.js";
import { Stream } from "./stream.js";
import { showLink, showStation, showStations } from "./view.js";
import { momentOfDay } from "./words.js";

// A station that runs sends its curve all the time.
const QUIET_STATION_MS = 15_000;

const path = location.pathname.match(/^\/station\/([^/]+)$/);
const askedFor = path ? decodeURIComponent(path[1]) : null;

const curve = new Curve(document.getElementById("curve"));
const now = { view: null, stations: [], heard: Date.now() };
let stream = null;

function link() {
  const trouble = stream?.trouble();
  if (trouble) return ["broken", trouble];
  if (now.view === null) return ["waiting", "Waiting"];
  if (!now.view.online) return ["waiting", "Station offline"];
  if (Date.now() - now.heard > QUIET_STATION_MS) return ["quiet", `Quiet since ${momentOfDay(now.heard)}`];
  return ["live", "Live"];
}

function takeStation(view) {
  if (view?.heard_ts !== now.view?.heard_ts) now.heard = Date.now();
  const another = view?.name !== now.view?.name;
  now.view = view;
  showStation(view, askedFor);
  showControls(view);
  if (another) curve.clear();
  curve.mark(view?.rep_list ?? [], view && `${view.name} ${view.session} ${view.set}`, Boolean(view?.active));
  if (another) showStations(now.stations, view?.name ?? askedFor);
}

function take(kind, data) {
  if (kind === "stations") {
    now.stations = data;
    showStations(data, now.view?.name ?? askedFor);
  } else if (kind === "station") takeStation(data);
  else {
    now.heard = Date.now();
    curve.add(data);
  }
}

function refresh() {
  if (!stream) return;
  showLink(...link());
  showAlarm(now.view, stream.historyProblem);
}

showStation(null, askedFor);
stream = new Stream(
  askedFor ? `/api/events?station=${encodeURIComponent(askedFor)}` : "/api/events",
  ["stations", "station", "curve"],
  take,
  refresh,
);
await learnSession();
