// A sentence at the foot of the page.

import { element } from "./dom.js";

const SHOWN_MS = 6_000;

let hide = null;

/** Show a sentence at the foot of the page; one that tells of a failure stays until the next. */
export function tell(text, ok = true) {
  const box = element("answer");
  clearTimeout(hide);
  box.dataset.ok = String(ok);
  box.textContent = text;
  box.hidden = false;
  if (ok) hide = setTimeout(() => (box.hidden = true), SHOWN_MS);
}
