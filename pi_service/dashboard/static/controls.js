// What a person can ask of the station that is shown; there only for who may change something.

import { askFor, openDialog } from "./asking.js";
import { openChoice } from "./choose.js";
import { element, setText } from "./dom.js";
import { mayChange, onSession } from "./session.js";
import { tell } from "./tell.js";

const dialog = element("more-dialog");
const answer = element("more-answer");
let view = null;
let why = null;

// The forms of the dialog: what each says, and what is told when it is done.
const FORMS = {
  "athlete-form": () => {
    const athlete = element("athlete-name").value.trim() || null;
    return { body: { athlete }, done: athlete ? `The athlete is ${athlete} now.` : "Nobody is named now." };
  },
  "plan-form": () => ({ body: { plan: element("plan-text").value }, done: "The plan is followed from now on." }),
  "recording-form": () => {
    if (view.recording.on) return { verb: "stop_recording", body: {}, done: "The recording has ended." };
    const name = element("recording-name").value.trim();
    return { body: name ? { name } : {}, done: "The recording has begun." };
  },
  "zero-form": () => ({ body: {}, done: "Keep the sensor still: its zero is being learned." }),
};

function can(verb) {
  return view.requests.includes(verb);
}

/** Show the controls of a station; null while none is known. */
export function showControls(next) {
  view = next;
  const allowed = Boolean(view?.session) && view.online && mayChange() && can("start_set");
  element("controls").hidden = !allowed;
  document.body.dataset.mayChange = String(allowed);
  element("why-not").hidden = allowed || !why;
  setText("why-not", why ?? "");
  if (!allowed) return;
  setText("start-set", view.active ? "End set" : "Start set");
  element("choose").hidden = !can("select_exercise") || view.exercises.length === 0;
  element("next").hidden = !can("next_exercise") || !view.plan?.next_exercise;
  for (const form of dialog.querySelectorAll("form[data-verb]")) form.hidden = !can(form.dataset.verb);
  showRecording();
}

function showRecording() {
  const { on, file } = view.recording;
  setText("recording-go", on ? "Stop" : "Start");
  element("recording-name").disabled = on;
  element("recording-file").hidden = !file;
  if (file) setText("recording-file", `${on ? "Recording to" : "The last one is"} ${file}`);
}

const simply = (id, verbOf, doneOf) => {
  element(id).addEventListener("click", (event) => {
    askFor({ station: view.name, verb: verbOf(), body: {}, done: doneOf(), button: event.currentTarget });
  });
};
simply("start-set", () => (view.active ? "end_set" : "start_set"), () => (view.active ? "The set has ended." : "The set has begun."));
simply("next", () => "next_exercise", () => "On to the next exercise.");
element("choose").addEventListener("click", () => openChoice(view));
element("more").addEventListener("click", () => {
  element("athlete-name").value = view.athlete ?? "";
  openDialog(dialog);
});

for (const [id, told] of Object.entries(FORMS)) {
  element(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const { verb = event.target.dataset.verb, body, done } = told();
    if (!(await askFor({ station: view.name, verb, body, done, button: event.submitter, output: answer }))) return;
    dialog.close();
    tell(done);
  });
}

// The file stays in the browser: its text is what is sent.
element("plan-file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) element("plan-text").value = await file.text();
});

onSession((session) => {
  why = session.may_change || session.needs_password ? null : session.why;
  showControls(view);
});
