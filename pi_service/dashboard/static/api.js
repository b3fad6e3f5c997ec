// Asking the server: every failure is a sentence that a person can do something about.

const AWAY = "The server cannot be reached: is repclip dashboard still running?";
const BROKEN_OFF = "The file did not come whole: try again.";
const SENTENCES = {
  401: "That is not the password.",
  403: "Sign in first: this page may only be read.",
  404: "There is no such thing here.",
  503: "The MQTT broker cannot be reached: nothing was changed.",
  504: "The station did not answer within five seconds: is it still running?",
};

/** What went wrong, in a sentence; `status` is 0 where there was no answer. */
export class AskError extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new AskError(AWAY, 0);
  }
  if (!answer.ok) throw new AskError(sentenceOf(answer.status, await jsonOf(answer)), answer.status);
  return answer;
}

async function jsonOf(answer) {
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null; // a proxy's page: the status has to do
  }
}

function sentenceOf(status, body) {
  if (typeof body?.error === "string" && body.error) return body.error;
  return SENTENCES[status] ?? `The server could not do that (status ${status}): see its log.`;
}

/** Read something as JSON. */
export const get = async (path) => jsonOf(await ask(path, {}));

/** Read a file. */
export async function getFile(path) {
  const answer = await ask(path, {});
  try {
    return await answer.blob();
  } catch {
    throw new AskError(BROKEN_OFF, 0);
  }
}

/** Ask for something to be done; the answer as JSON, or null. */
export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return jsonOf(await ask(path, { method: "POST", headers, body: JSON.stringify(body ?? {}) }));
}

/** Ask a station for something, by a verb of its own; it has done it when this returns. */
export function request(station, verb, body) {
  return post(`/api/stations/${encodeURIComponent(station)}/requests/${verb}`, body);
}
