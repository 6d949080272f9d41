// The shopper's messages on their way out: kept in storage until the server has them on disk, sent
// one after the other, and sent again with the same id after a reload or a lost connection.

import { Refusal } from "./api.js";
import { local } from "./store.js";

const PREFIX = "deskhand:out:";
const LONGEST_PAUSE = 15; // seconds

export class Outgoing {
  // `report` hears about each message: sending(message), sent(message, turnId),
  // held(text, seconds), offline(), locked(), failed(message, why)
  constructor(api, report) {
    this.api = api;
    this.report = report;
    this.running = false;
    this.endPause = null; // ends the present pause early; null while the server asked for one
  }

  waiting() {
    return local
      .keys()
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => JSON.parse(local.getItem(key)))
      .sort((one, other) => one.order - other.order);
  }

  add(text, choice, language, page) {
    const last = this.waiting().at(-1)?.order ?? 0;
    const order = Math.max(Date.now(), last + 1);
    const message = { id: newId(), text, choice, language, page, order };
    local.setItem(PREFIX + message.id, JSON.stringify(message));
    this.report.sending(message);
    this.flush();
    return message;
  }

  // The connection is back: do not sit out the rest of a pause that was made without it.
  wake() {
    this.endPause?.();
    this.flush();
  }

  async flush() {
    if (this.running) return;
    this.running = true;
    let failures = 0;
    for (let message = this.waiting()[0]; message; message = this.waiting()[0]) {
      const { seconds, asked } = await this.#send(message, failures);
      failures = seconds ? failures + 1 : 0;
      if (seconds) await this.#wait(seconds, asked);
    }
    this.running = false;
  }

  // How long to wait before the next try, 0 when the message is settled; `asked`: by the server.
  async #send(message, failures) {
    const { id, text, choice, language, page } = message;
    try {
      const { turn_id: turnId } = await this.api.post({ id, text, choice: choice ?? null, language, page });
      local.removeItem(PREFIX + id);
      this.report.sent(message, turnId);
      return { seconds: 0 };
    } catch (error) {
      const backoff = Math.min(LONGEST_PAUSE, 2 ** failures);
      if (error instanceof Refusal) {
        if (error.retryAfter) {
          this.report.held(error.message, error.retryAfter);
          return { seconds: error.retryAfter, asked: true };
        }
        if (error.status < 500 && error.status !== 401) {
          local.removeItem(PREFIX + id);
          this.report.failed(message, error.message);
          return { seconds: 0 };
        }
        if (error.status === 401) {
          this.report.locked();
          return { seconds: LONGEST_PAUSE };
        }
      }
      this.report.offline();
      return { seconds: backoff };
    }
  }

  #wait(seconds, asked) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.endPause = null;
        resolve();
      };
      const timer = setTimeout(end, seconds * 1000);
      this.endPause = asked ? null : end;
    });
  }
}

// crypto.randomUUID exists on https and localhost only; a shop may be tried out on a plain address.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
