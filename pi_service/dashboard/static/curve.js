// The live curve: the last 20 seconds of the movement, with a dot where a counted rep turned.

/* global uPlot */

const WINDOW_S = 20;
const KEPT_S = 24;
const SMALLEST_TOP_DEG = 30;

export class Curve {
  constructor(box) {
    this.box = box;
    this.times = [];
    this.values = [];
    this.turns = [];
    this.top = SMALLEST_TOP_DEG;
    this.plot = null;
    this.drawing = false;
    new ResizeObserver(() => this.#resize()).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#build());
    this.#build();
  }

  /** Forget everything: another stream begins. */
  clear() {
    this.times = [];
    this.values = [];
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

  /** Mark where the counted reps of the set turned. */
  mark(turns) {
    this.turns = turns;
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

  // Grows at once and shrinks late, so that the curve does not breathe.
  #scaleTop() {
    const from = (this.times.at(-1) ?? 0) - WINDOW_S;
    let highest = 0;
    this.values.forEach((value, index) => {
      if (value !== null && this.times[index] >= from) highest = Math.max(highest, value);
    });
    const wanted = Math.max(SMALLEST_TOP_DEG, Math.ceil((highest * 1.12) / 15) * 15);
    if (wanted > this.top || wanted < 0.55 * this.top) this.top = wanted;
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
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const rem = parseFloat(style.fontSize);
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
    for (const turn of this.turns) {
      if (turn < plot.scales.x.min || turn > plot.scales.x.max) continue;
      const at = this.times.findIndex((time) => time >= turn);
      if (at < 0 || this.values[at] === null) continue;
      ctx.beginPath();
      ctx.arc(plot.valToPos(turn, "x", true), plot.valToPos(this.values[at], "y", true), radius, 0, 2 * Math.PI);
      ctx.stroke();
      ctx.fill();
    }
    ctx.restore();
  }
}
