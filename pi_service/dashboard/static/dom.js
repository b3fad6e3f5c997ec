// The little that every page needs of the document.

export const element = (id) => document.getElementById(id);

/** Change an element's text if it is another one; a box that is empty for now keeps its line. */
export function setText(id, text) {
  const node = typeof id === "string" ? element(id) : id;
  const wanted = text || "\u00a0";
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** A new element with a class and a text. */
export function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

/** Set a custom property of an element's style: what CSS draws a bar by. */
export function setShare(node, name, share) {
  const text = `${Math.round(1000 * Math.min(1, Math.max(0, share))) / 10}%`;
  if (node.style.getPropertyValue(name) !== text) node.style.setProperty(name, text);
}

/** A colour of the page's style, light or dark as it is now. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Call back when light turns to dark, or back. */
export function onColourChange(callback) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}
