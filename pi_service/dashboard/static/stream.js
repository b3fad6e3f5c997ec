// The server's events: opened, kept open, and opened again when the line is dead.

// The server sends at least a ping every 10 s: after this the line is dead though it looks open.
const SILENT_MS = 25_000;
const RETRY_MS = 2_000;

export class Stream {
  /**
   * @param {string} url where the events come from
   * @param {string[]} kinds which of them are taken, beside `broker` and `ping`
   * @param {(kind: string, data: any) => void} take gets each of them
   * @param {() => void} changed is called when the line, or the broker, came or went
   */
  constructor(url, kinds, take, changed) {
    this.url = url;
    this.kinds = kinds;
    this.take = take;
    this.changed = changed;
    this.open = false;
    this.broker = true;
    this.historyProblem = null;
    this.heard = Date.now();
    this.source = null;
    this.retry = null;
    setInterval(() => this.#check(), 1_000);
    this.#listen();
  }

  /** What is wrong between the station and this page; null where nothing is. */
  trouble() {
    if (!this.open) return "Server not reachable, trying again";
    if (!this.broker) return "Broker not reachable, trying again";
    return null;
  }

  #listen() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = new EventSource(this.url);
    this.source.addEventListener("open", () => {
      this.open = true;
      this.heard = Date.now();
      this.changed();
    });
    this.source.addEventListener("error", () => {
      this.open = false;
      // Some answers end an EventSource for good; it is opened again by hand.
      if (this.source.readyState === EventSource.CLOSED) this.retry = setTimeout(() => this.#listen(), RETRY_MS);
      this.changed();
    });
    for (const kind of ["broker", "ping", ...this.kinds]) {
      this.source.addEventListener(kind, (event) => this.#took(kind, JSON.parse(event.data)));
    }
  }

  #took(kind, data) {
    this.heard = Date.now();
    if (kind === "broker") {
      this.broker = data.connected;
      this.historyProblem = data.history_problem ?? null;
    } else if (kind !== "ping") this.take(kind, data);
    this.changed();
  }

  #check() {
    if (this.open && Date.now() - this.heard > SILENT_MS) {
      this.open = false;
      this.heard = Date.now();
      this.#listen();
    }
    this.changed();
  }
}
