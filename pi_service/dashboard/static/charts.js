// Charts of the history: bars, stacked bars and dots by number, and a curve by time; drawn by uPlot.

/* global uPlot */

import { colour, onColourChange } from "./dom.js";

const COLOURS = ["--accent", "--second", "--third", "--fourth"];

/** A chart that fits its box and changes its colours with the page. */
class Chart {
  constructor(box, optionsOf, data) {
    this.box = box;
    this.optionsOf = optionsOf;
    this.data = data;
    this.plot = null;
    this.sized = new ResizeObserver(() => this.#fit());
    this.sized.observe(box);
    onColourChange(() => this.#build());
    this.#build();
  }

  /** Draw other data; the axes may change with them. */
  show(optionsOf, data) {
    this.optionsOf = optionsOf;
    this.data = data;
    this.#build();
  }

  #size() {
    return { width: Math.max(80, this.box.clientWidth), height: Math.max(60, this.box.clientHeight) };
  }

  #fit() {
    const { width, height } = this.#size();
    if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
  }

  #build() {
    this.plot?.destroy();
    this.plot = new uPlot({ ...this.#size(), ...this.optionsOf() }, this.data, this.box);
  }
}

const charts = new WeakMap();

function put(box, optionsOf, data, description) {
  box.role = "img";
  box.setAttribute("aria-label", description);
  const known = charts.get(box);
  if (known) known.show(optionsOf, data);
  else charts.set(box, new Chart(box, optionsOf, data));
}

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

function axis() {
  return {
    stroke: colour("--soft"),
    font: `${Math.round(rem() * 0.75)}px system-ui, "DejaVu Sans", sans-serif`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
}

function dashed(plot, value) {
  const { ctx, bbox } = plot;
  const at = plot.valToPos(value, "y", true);
  if (at < bbox.top || at > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = colour("--soft");
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, at);
  ctx.lineTo(bbox.left + bbox.width, at);
  ctx.stroke();
  ctx.restore();
}

const highest = (columns) => Math.max(0, ...columns.flat().filter((value) => value !== null && value !== undefined));

// Of many labels every second, fifth or tenth is written.
function every(count, room) {
  return [1, 2, 5, 10, 20, 50].find((step) => count / step <= room) ?? 100;
}

function numbered({ labels, bounds = [], series, top }) {
  const step = every(labels.length, 12);
  return {
    cursor: { show: false },
    legend: { show: false },
    padding: [rem() * 0.5, rem() * 1.2, 0, 0],
    scales: { x: { time: false, range: () => [-0.6, labels.length - 0.4] }, y: { range: () => [0, top * 1.1 || 1] } },
    axes: [
      {
        ...axis(),
        grid: { show: false },
        size: rem() * 1.6,
        splits: () => labels.map((_label, at) => at).filter((at) => at % step === 0),
        values: (_plot, splits) => splits.map((at) => labels[at]),
      },
      { ...axis(), size: rem() * 2.6, space: rem() * 2 },
    ],
    series: [{}, ...series],
    hooks: { draw: [(plot) => bounds.forEach((bound) => dashed(plot, bound))] },
  };
}

/**
 * Bars, one above the other where there are several columns.
 *
 * @param {string[]} labels below each bar
 * @param {(number | null)[][]} columns the parts of each bar, from below
 * @param {number[]} bounds dashed lines
 */
export function bars(box, { labels, columns, bounds = [], description }) {
  let below = labels.map(() => 0);
  const sums = columns.map((column) => {
    below = below.map((sum, at) => sum + (column[at] ?? 0));
    return below;
  });
  // The tallest is drawn first, and the others before it.
  const stacked = sums.toReversed();
  const top = Math.max(highest(stacked), ...bounds);
  const options = () =>
    numbered({
      labels,
      bounds,
      top,
      series: stacked.map((_column, at) => ({
        stroke: "transparent",
        fill: colour(COLOURS[stacked.length - 1 - at]),
        paths: uPlot.paths.bars({ size: [0.6, rem() * 2.5] }),
        points: { show: false },
      })),
    });
  put(box, options, [labels.map((_label, at) => at), ...stacked], description);
}

/** A line with dots through what is known. */
export function dots(box, { labels, values, bounds = [], description }) {
  const top = Math.max(highest([values]), ...bounds);
  const options = () =>
    numbered({
      labels,
      bounds,
      top,
      series: [
        {
          stroke: colour("--accent"),
          width: 2,
          spanGaps: true,
          points: { show: true, size: rem() * 0.45, fill: colour("--accent") },
        },
      ],
    });
  put(box, options, [labels.map((_label, at) => at), values], description);
}

function spans(plot, reps) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.font = `${Math.round(rem() * 0.75 * devicePixelRatio)}px system-ui, "DejaVu Sans", sans-serif`;
  reps.forEach((rep, at) => {
    const [from, to] = rep.map((time) => plot.valToPos(time, "x", true));
    if (at % 2 === 0) {
      ctx.fillStyle = colour("--curve-fill");
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
    }
    if (to - from < rem()) return;
    ctx.fillStyle = colour("--soft");
    ctx.fillText(String(at + 1), (from + to) / 2, bbox.top + 3);
  });
  ctx.restore();
}

/**
 * The curve of a whole set, its repetitions numbered.
 *
 * @param {number[][]} reps when each began and ended, in seconds since the first value
 */
export function curve(box, { rate_hz: rate, values }, reps, description) {
  const times = values.map((_value, at) => at / rate);
  const top = highest([values]);
  const options = () => ({
    cursor: { show: true, points: { show: false }, y: false, drag: { x: true, y: false } },
    legend: { show: false },
    padding: [rem() * 0.5, rem() * 0.5, 0, 0],
    scales: { x: { time: false }, y: { range: () => [0, top * 1.15 || 1] } },
    axes: [
      { ...axis(), grid: { show: false }, size: rem() * 1.6, values: (_plot, splits) => splits.map((at) => `${at} s`) },
      { ...axis(), size: rem() * 2.6, values: (_plot, splits) => splits.map((value) => `${value}°`) },
    ],
    series: [{}, { stroke: colour("--accent"), width: 2, points: { show: false } }],
    hooks: { drawClear: [(plot) => spans(plot, reps)] },
  });
  put(box, options, [times, values], description);
}

/** The key of stacked bars, from below. */
export function keyOf(names) {
  return names.map((name, at) => {
    const item = document.createElement("span");
    item.className = `key-${at + 1}`;
    item.textContent = name;
    return item;
  });
}
