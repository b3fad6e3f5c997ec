// One station on the wall. Its boxes stay; a message changes the texts that differ and nothing else.

import { make, setShare, setText } from "./dom.js";
import { amountOf, askedWords, clockTime, setWords } from "./words.js";

const BEYOND = 1.15;

export class Card {
  constructor(name) {
    this.node = document.createElement("li");
    const link = make("a", "card");
    link.href = `/station/${encodeURIComponent(name)}`;
    const inner = make("div", "card-inner");
    this.parts = {
      name: make("span", "card-name", name),
      set: make("span", "card-set"),
      athlete: make("span", "card-athlete"),
      exercise: make("span"),
      figure: make("span"),
      unit: make("span", "card-unit"),
      words: make("span", "unseen"),
      line: make("p", "card-line"),
      track: make("span", "track"),
    };
    const { parts } = this;
    const head = make("p", "card-head");
    head.append(parts.name, parts.set);
    const what = make("p", "card-what");
    what.append(parts.athlete, parts.exercise);
    const count = make("p", "card-count");
    parts.amount = make("span", "card-figure");
    parts.amount.append(parts.figure, parts.unit, parts.words);
    count.append(parts.amount);
    parts.track.setAttribute("aria-hidden", "true");
    parts.track.append(make("i", "asked"), make("i", "done"));
    inner.append(head, what, count, parts.track, parts.line);
    link.append(inner);
    this.node.append(link);
    this.link = link;
    this.rest = null;
  }

  /** Show what is known of the station now. */
  show(card) {
    const { parts, link } = this;
    const { figure, unit, words } = amountOf(card);
    mark(link, "active", card.active && card.online);
    mark(link, "final", !card.active && card.set > 0 && card.count === "final");
    mark(link, "online", card.online);
    mark(link, "ok", !card.online || !card.faults);
    setText(parts.set, card.set ? setWords(card) : "");
    setText(parts.athlete, card.athlete ? `${card.athlete}\u2002` : "\u200b");
    setText(parts.exercise, card.exercise_name);
    setText(parts.figure, figure);
    setText(parts.unit, unit || "\u200b");
    mark(parts.amount, "kind", figure.length > 2 && card.kind === "reps" ? "many" : card.kind);
    setText(parts.words, words);
    this.#showTarget(card);
    this.rest = this.#restOf(card);
    this.#showLine(card);
    this.card = card;
  }

  /** Let the clock of a rest go on. */
  tick() {
    if (this.rest) this.#showLine(this.card);
  }

  #showTarget(card) {
    const { track } = this.parts;
    const least = card.asked_least;
    mark(track, "shown", least !== null);
    if (least === null) return;
    const end = BEYOND * Math.max(card.asked_most ?? least, least);
    setShare(track, "--least", least / end);
    setShare(track, "--most", (card.asked_most ?? end) / end);
    setShare(track, "--done", amountOf(card).value / end);
  }

  #restOf(card) {
    if (card.active || !card.online || card.rest_s === null) return null;
    const same = this.rest && this.rest.s === card.rest_s;
    return same ? this.rest : { s: card.rest_s, at: performance.now() };
  }

  // One line for what matters most: a fault, a rest, what to do, otherwise what is asked for.
  #showLine(card) {
    const [kind, text] = this.#lineOf(card);
    mark(this.parts.line, "kind", kind);
    setText(this.parts.line, text);
  }

  #lineOf(card) {
    if (!card.online) return ["offline", "offline"];
    if (card.faults) return ["fault", card.fault_text];
    if (this.rest) {
      const now = this.rest.s + (performance.now() - this.rest.at) / 1000;
      const least = card.rest_least_s;
      return ["rest", `Rest ${clockTime(now)}${least === null ? "" : ` of ${clockTime(least)}`}`];
    }
    if (card.active && card.cue) return ["cue", card.cue];
    return ["asked", [askedWords(card), card.simulated ? "simulated" : ""].filter(Boolean).join(", ")];
  }
}

function mark(node, name, value) {
  const text = String(value);
  if (node.dataset[name] !== text) node.dataset[name] = text;
}
