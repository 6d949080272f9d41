// Keeps the page up to date: reads what was missed, then listens; starts over when the line breaks.
// A hidden tab only looks now and then: browsers allow six connections a site, shared by all tabs.

import { Refusal } from "./api.js";

const SILENCE = 40_000; // ms; the server sends something every 15 s
const HIDDEN_LOOK = 10_000;
const POLL = 3_000; // when a proxy in between swallows event streams
const LONGEST_PAUSE = 15_000;

export class Follower {
  // `report` hears: turn(turn), status(name), proven(whether), typing(), draft(draft), caughtUp(), online(), offline(), locked()
  constructor(api, report) {
    this.api = api;
    this.report = report;
    this.cursor = 0;
    this.known = false; // whether the server has this conversation at all
    this.nudge = () => {};
    document.addEventListener("visibilitychange", () => this.nudge());
    window.addEventListener("online", () => this.nudge());
  }

  restart() {
    this.cursor = 0;
    this.known = false;
    this.nudge();
  }

  // The first message is on its way to the server: from now on there is something to listen to.
  begin() {
    if (this.known) return;
    this.known = true;
    this.nudge();
  }

  async run() {
    for (let failures = 0; ; ) {
      try {
        await this.#catchUp();
        failures = 0;
        this.report.online();
      } catch (error) {
        failures += 1;
        if (error instanceof Refusal && error.status === 401) this.report.locked();
        else if (failures > 1) this.report.offline();
        await this.#sleep(Math.min(LONGEST_PAUSE, 500 * 1.7 ** failures) * (0.75 + Math.random() / 2));
        continue;
      }
      if (!this.known) await this.#sleep(null);
      else if (document.hidden) await this.#sleep(HIDDEN_LOOK);
      else if (!(await this.#listen())) await this.#sleep(POLL);
    }
  }

  async #catchUp() {
    for (let more = true; more; ) {
      const { turns, status, proven } = await this.api.turns(this.cursor);
      turns.forEach((turn) => this.#take(turn));
      this.report.status(status);
      const end = this.cursor;
      this.report.proven(proven); // may have all of it read again
      more = turns.length > 0 || this.cursor < end;
    }
    this.report.caughtUp();
  }

  #take(turn) {
    if (turn.id <= this.cursor) return;
    this.cursor = turn.id;
    this.known = true;
    this.report.turn(turn);
  }

  // Resolves when the stream is over: true when it had been open, false when it never opened.
  #listen() {
    return new Promise((resolve) => {
      const source = this.api.events(this.cursor);
      let opened = false;
      let watchdog = null;
      const end = () => {
        clearTimeout(watchdog);
        source.close();
        this.nudge = () => {};
        resolve(opened);
      };
      const alive = () => {
        clearTimeout(watchdog);
        watchdog = setTimeout(end, SILENCE);
      };
      const on = (kind, handle) =>
        source.addEventListener(kind, (event) => {
          alive();
          handle(JSON.parse(event.data));
        });
      alive();
      this.nudge = end;
      source.onopen = () => {
        opened = true;
        alive();
      };
      source.onerror = end;
      on("turn", (turn) => this.#take(turn));
      on("status", ({ status, proven }) => {
        this.report.status(status);
        this.report.proven(proven);
      });
      on("typing", () => this.report.typing());
      on("draft", (draft) => this.report.draft(draft));
      on("ping", () => {});
    });
  }

  #sleep(milliseconds) {
    return new Promise((resolve) => {
      const timer = milliseconds === null ? null : setTimeout(resolve, milliseconds);
      this.nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
