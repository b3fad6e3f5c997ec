// The wall: all stations at once, each a card that stays where it is.

import { Card } from "./card.js";
import { element, setText } from "./dom.js";
import { learnSession } from "./session.js";
import { Stream } from "./stream.js";
import { plural } from "./words.js";

// Width to height of a card that reads best.
const SHAPE = 1.3;

const wall = element("wall");
const cards = new Map();
const byName = new Intl.Collator(undefined, { numeric: true });
// What came since the last picture, by station: the newest of each is drawn.
const changed = new Map();
const absent = new Set();
let drawing = false;
let heard = false;
let stream = null;

function add(name) {
  const card = new Card(name);
  const names = [...cards.keys(), name].sort(byName.compare);
  const after = names[names.indexOf(name) + 1];
  wall.insertBefore(card.node, after ? cards.get(after).node : null);
  // By name, and by name they stay: nobody looks for a card that jumps about.
  cards.set(name, card);
  arrange();
  return card;
}

function draw() {
  drawing = false;
  for (const [name, told] of changed) {
    // A station that was offline before this page was opened has no card until it comes.
    if (!told.online && !cards.has(name)) {
      absent.add(name);
      continue;
    }
    absent.delete(name);
    (cards.get(name) ?? add(name)).show(told);
  }
  changed.clear();
  element("no-stations").hidden = !heard || cards.size > 0;
  element("absent").hidden = absent.size === 0;
  setText("absent", `${plural(absent.size, "station")} offline: ${[...absent].sort(byName.compare).join(", ")}`);
  showStatus();
}

function take(_kind, told) {
  heard = true;
  for (const card of told) changed.set(card.name, card);
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

/** As many columns as make the cards largest. */
function arrange() {
  const { clientWidth: width, clientHeight: height } = wall;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const least = rem * Number(getComputedStyle(wall).getPropertyValue("--least-rem"));
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= Math.max(1, cards.size); columns += 1) {
    const rows = Math.ceil(cards.size / columns);
    const size = Math.min(width / columns / SHAPE, Math.max(least, height / rows));
    if (size >= best.size) best = { columns, size };
  }
  wall.style.setProperty("--columns", String(best.columns));
}

function showStatus() {
  const trouble = stream?.trouble();
  document.body.dataset.link = trouble ? "broken" : "live";
  const there = [...cards.values()].filter((each) => each.card?.online).length;
  setText("status-text", trouble ?? plural(there, "station"));
}

new ResizeObserver(arrange).observe(wall);
setInterval(() => {
  for (const card of cards.values()) card.tick();
}, 1_000);
stream = new Stream("/api/events?wall=true", ["wall"], take, () => stream && showStatus());
await learnSession();
