// The live curve: the last 20 seconds of the movement, with a dot where a counted rep turned.

/* global uPlot */

import { colour, onColourChange } from "./dom.js";

const WINDOW_S = 20;
const KEPT_S = 24;
const SMALLEST_TOP_DEG = 30;
// Room above the highest rep, for the next one.
const ABOVE = 1.2;
// Before the first rep: a reach for the bar is higher than the rest, and shorter.
const USUAL_SHARE = 0.8;
// No rep stays beyond the axis of the others for so long: who does has let go, and the whole curve is shown.
const LET_GO_S = 2;

export class Curve {
  constructor(box) {
    this.box = box;
    this.times = [];
    this.values = [];
    this.reps = [];
    this.set = null;
    this.active = false;
    this.peaks = new Map();
    this.settled = false;
    this.letGo = false;
    this.top = SMALLEST_TOP_DEG;
    this.plot = null;
    this.drawing = false;
    new ResizeObserver(() => this.#resize()).observe(box);
    onColourChange(() => this.#build());
    this.#build();
  }

  /** Forget everything: another stream begins. */
  clear() {
    this.times = [];
    this.values = [];
    this.peaks.clear();
    this.settled = this.letGo = false;
    this.top = SMALLEST_TOP_DEG;
    this.#draw();
  }

  /** Append pieces as they come from the server. */
  add(pieces) {
    for (const piece of pieces) {
      if (piece.reset) this.clear();
      const period = 1 / piece.rate_hz;
      const last = this.times.at(-1);
      if (last !== undefined && piece.start_s - last > 2.5 * period) {
        // Nothing is known in between: the line breaks.
        this.times.push(last + period);
        this.values.push(null);
      }
      piece.values.forEach((value, index) => {
        const time = piece.start_s + index * period;
        if (this.times.length && time <= this.times.at(-1)) return;
        this.times.push(time);
        this.values.push(value);
      });
    }
    const oldest = (this.times.at(-1) ?? 0) - KEPT_S;
    const drop = this.times.findIndex((time) => time >= oldest);
    if (drop > 0) {
      this.times.splice(0, drop);
      this.values.splice(0, drop);
    }
    this.#draw();
  }

  /** Mark where the counted reps of a set turned; `set` tells one set from another, `active` whether it goes on. */
  mark(reps, set, active) {
    if (set !== this.set) this.peaks.clear();
    if (set !== this.set || reps.length !== this.reps.length) this.letGo = false;
    this.active = active;
    this.set = set;
    this.reps = reps;
    this.#draw();
  }

  #draw() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.#scaleTop();
      this.plot?.setData([this.times, this.values]);
    });
  }

  // The axis is that of the reps. What goes far beyond them, such as an arm that lets go of the bar,
  // leaves at the top instead of making them flat. It settles with the first reps of a set, and then only
  // grows, until the next set; before it grows at once and shrinks late, so that the curve does not breathe.
  #scaleTop() {
    const first = !this.settled;
    for (const rep of this.reps) {
      const peak = this.peaks.has(rep.rep) ? null : this.#peak(rep);
      if (peak !== null) this.peaks.set(rep.rep, peak);
    }
    this.letGo ||= this.active && this.#beyondFor() > LET_GO_S;
    // Where nobody counts the whole of the curve is shown, and the reps give way.
    const counting = this.active && !this.letGo;
    const known = counting && this.peaks.size > 0;
    if (counting && !known && this.settled) return;
    const wanted = known ? this.#topFor(Math.max(...this.peaks.values())) : this.#between(counting);
    if ((known && first) || wanted > this.top || (!known && wanted < 0.55 * this.top)) this.top = wanted;
    this.settled = known;
  }

  /** For how long the curve has been beyond the axis of the reps by now. */
  #beyondFor() {
    if (this.peaks.size === 0) return 0;
    const repsTop = this.#topFor(Math.max(...this.peaks.values()));
    const within = this.values.findLastIndex((value) => value === null || value <= repsTop);
    return within < 0 ? 0 : this.times.at(-1) - this.times[within];
  }

  #topFor(highest) {
    return Math.max(SMALLEST_TOP_DEG, Math.ceil((highest * ABOVE) / 15) * 15);
  }

  /** The highest value about a rep's turning point; null when the curve there is not known. */
  #peak(rep) {
    if (this.#at(rep.turn_s) === null) return null;
    const from = rep.turn_s - rep.out_s / 2;
    const to = rep.turn_s + rep.back_s / 2;
    let highest = 0;
    this.times.forEach((time, index) => {
      if (time >= from && time <= to) highest = Math.max(highest, this.values[index] ?? 0);
    });
    return highest;
  }

  /** Before the first reps of a set what is usual; between sets whatever there is. */
  #between(counting) {
    if (counting) return this.#topFor(this.#usual());
    const from = (this.times.at(-1) ?? 0) - WINDOW_S;
    const highest = this.values.reduce((most, value, index) => (this.times[index] >= from ? Math.max(most, value ?? 0) : most), 0);
    return Math.max(SMALLEST_TOP_DEG, Math.ceil(highest / 15) * 15);
  }

  #usual() {
    const from = (this.times.at(-1) ?? 0) - WINDOW_S;
    const sorted = this.values.filter((value, index) => value !== null && this.times[index] >= from).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * USUAL_SHARE)] ?? 0;
  }

  /** The curve's value at a time; null where it has none, as in a break or before its first value. */
  #at(time) {
    const after = this.times.findIndex((each) => each >= time);
    if (after < 0 || this.values[after] === null) return null;
    if (this.times[after] === time) return this.values[after];
    if (after === 0 || this.values[after - 1] === null) return null;
    const share = (time - this.times[after - 1]) / (this.times[after] - this.times[after - 1]);
    return this.values[after - 1] + share * (this.values[after] - this.values[after - 1]);
  }

  #size() {
    return { width: Math.max(50, this.box.clientWidth), height: Math.max(50, this.box.clientHeight) };
  }

  #resize() {
    const { width, height } = this.#size();
    if (this.plot && (this.plot.width !== width || this.plot.height !== height)) this.plot.setSize({ width, height });
  }

  #build() {
    this.plot?.destroy();
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const axis = {
      stroke: colour("--soft"),
      font: `${Math.round(rem * 0.8)}px system-ui, "DejaVu Sans", sans-serif`,
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const options = {
      ...this.#size(),
      cursor: { show: false },
      legend: { show: false },
      padding: [rem * 0.5, rem * 0.9, 0, 0],
      scales: {
        x: { time: false, range: () => [(this.times.at(-1) ?? WINDOW_S) - WINDOW_S, this.times.at(-1) ?? WINDOW_S] },
        y: { range: () => [0, this.top] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: rem * 1.7,
          splits: (plot) => [-20, -15, -10, -5, 0].map((back) => plot.scales.x.max + back),
          values: (plot, splits) => splits.map((at) => this.#backText(Math.round(at - plot.scales.x.max))),
        },
        {
          ...axis,
          size: rem * 2.9,
          splits: () => [0, this.top / 3, (2 * this.top) / 3, this.top],
          values: (_plot, splits) => splits.map((value) => `${Math.round(value)}°`),
        },
      ],
      series: [
        {},
        { stroke: colour("--accent"), width: Math.max(2, rem / 8), fill: colour("--curve-fill"), points: { show: false } },
      ],
      hooks: { draw: [(plot) => this.#drawTurns(plot, colour("--accent"), colour("--panel"), rem)] },
    };
    this.plot = new uPlot(options, [this.times, this.values], this.box);
  }

  #backText(back) {
    return back === 0 ? "now" : `\u2212${-back} s`;
  }

  #drawTurns(plot, accent, ground, rem) {
    const { ctx } = plot;
    const radius = rem * 0.3 * devicePixelRatio;
    ctx.save();
    ctx.fillStyle = accent;
    ctx.strokeStyle = ground;
    ctx.lineWidth = radius * 0.55;
    for (const { turn_s: turn } of this.reps) {
      if (turn < plot.scales.x.min || turn > plot.scales.x.max) continue;
      const value = this.#at(turn);
      if (value === null || value > this.top) continue;
      ctx.beginPath();
      ctx.arc(plot.valToPos(turn, "x", true), plot.valToPos(value, "y", true), radius, 0, 2 * Math.PI);
      ctx.stroke();
      ctx.fill();
    }
    ctx.restore();
  }
}
