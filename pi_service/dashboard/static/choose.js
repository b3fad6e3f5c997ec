// Choosing the exercise: a search over names, by mouse and by keyboard.

import { askFor, openDialog } from "./asking.js";
import { element, make } from "./dom.js";
import { tell } from "./tell.js";

const dialog = element("choose-dialog");
const search = element("choose-search");
const list = element("choose-list");
let station = null;
let exercises = [];
let current = null;
let marked = 0;

function found() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  return exercises.filter((each) => words.every((word) => `${each.name} ${each.id.replaceAll("_", " ")}`.toLowerCase().includes(word)));
}

function mark(at) {
  const options = [...list.children];
  marked = Math.max(0, Math.min(options.length - 1, at));
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === marked)));
  const option = options[marked];
  if (!option) {
    search.removeAttribute("aria-activedescendant");
    return;
  }
  search.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function fill() {
  const kinds = { hold: "hold", carry: "carry" };
  const options = found().map((each, index) => {
    const option = make("li", "", each.name);
    option.id = `choose-${index}`;
    option.role = "option";
    option.dataset.exercise = each.id;
    const note = each.id === current ? "now" : (kinds[each.kind] ?? "");
    if (note) option.append(make("span", "note", note));
    return option;
  });
  list.replaceChildren(...options);
  list.hidden = options.length === 0;
  element("choose-none").hidden = options.length > 0;
  mark(search.value ? 0 : exercises.findIndex((each) => each.id === current));
}

async function choose(option) {
  const exercise = exercises.find((each) => each.id === option.dataset.exercise);
  const side = element("choose-side").value;
  const body = { exercise: exercise.id, ...(side && { side }) };
  const done = `${exercise.name} is counted from now on.`;
  const answered = await askFor({ station, verb: "select_exercise", body, done, output: element("choose-answer") });
  if (!answered) return;
  dialog.close();
  tell(done);
}

/** Let a person choose what a station counts. */
export function openChoice(view) {
  station = view.name;
  exercises = view.exercises;
  current = view.exercise;
  search.value = "";
  element("choose-side").value = "";
  element("choose-warning").hidden = !view.active;
  openDialog(dialog);
  fill();
  search.focus();
}

search.addEventListener("input", fill);
search.addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 };
  if (event.key in steps) mark(marked + steps[event.key]);
  else if (event.key === "Enter" && list.children[marked]) choose(list.children[marked]);
  else return;
  event.preventDefault();
});
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) choose(option);
});
