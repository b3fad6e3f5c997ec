// The page of one station: listens to the server's events and shows what they say.

import { Curve } from "./curve.js";
import { showLink, showStation, showStations } from "./view.js";
import { momentOfDay } from "./words.js";

// The server sends at least a ping every 10 s: after this the line is dead though it looks open.
const SILENT_SERVER_MS = 25_000;
// A station that runs sends its curve all the time.
const QUIET_STATION_MS = 15_000;
const RETRY_MS = 2_000;

const path = location.pathname.match(/^\/station\/([^/]+)$/);
const askedFor = path ? decodeURIComponent(path[1]) : null;

const curve = new Curve(document.getElementById("curve"));
const now = {
  open: false,
  broker: true,
  view: null,
  stations: [],
  serverHeard: Date.now(),
  stationHeard: Date.now(),
};
let source = null;
let retry = null;

function link() {
  const quiet = Date.now() - now.stationHeard > QUIET_STATION_MS;
  if (!now.open) return ["broken", "Server not reachable, trying again"];
  if (!now.broker) return ["broken", "Broker not reachable, trying again"];
  if (now.view === null) return ["waiting", "Waiting"];
  if (!now.view.online) return ["waiting", "Station offline"];
  if (quiet) return ["quiet", `Quiet since ${momentOfDay(now.stationHeard)}`];
  return ["live", "Live"];
}

const refreshLink = () => showLink(...link());

function take(event, data) {
  now.serverHeard = Date.now();
  if (event === "broker") now.broker = data.connected;
  if (event === "stations") {
    now.stations = data;
    showStations(now.stations, now.view?.name ?? askedFor);
  }
  if (event === "station") {
    if (data?.heard_ts !== now.view?.heard_ts) now.stationHeard = Date.now();
    const another = data?.name !== now.view?.name;
    now.view = data;
    showStation(data, askedFor);
    if (another) curve.clear();
    curve.mark(data?.rep_list ?? [], data && `${data.name} ${data.session} ${data.set}`, Boolean(data?.active));
    if (another) showStations(now.stations, data?.name ?? askedFor);
  }
  if (event === "curve") {
    now.stationHeard = Date.now();
    curve.add(data);
  }
  refreshLink();
}

function listen() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource(askedFor ? `/api/events?station=${encodeURIComponent(askedFor)}` : "/api/events");
  source.addEventListener("open", () => {
    now.open = true;
    now.serverHeard = Date.now();
    refreshLink();
  });
  source.addEventListener("error", () => {
    now.open = false;
    refreshLink();
    // Some answers end an EventSource for good; it is opened again by hand.
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(listen, RETRY_MS);
  });
  for (const kind of ["broker", "stations", "station", "curve", "ping"]) {
    source.addEventListener(kind, (event) => take(kind, JSON.parse(event.data)));
  }
}

setInterval(() => {
  if (now.open && Date.now() - now.serverHeard > SILENT_SERVER_MS) {
    now.open = false;
    now.serverHeard = Date.now();
    listen();
  }
  refreshLink();
}, 1_000);

showStation(null, askedFor);
listen();
