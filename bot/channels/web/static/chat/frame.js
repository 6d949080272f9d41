// The chat's side of the frame that widget.js puts it into, and how many answers went unseen.
// The page around may be any shop's, so it is told a number and never a word of the conversation.

import { local } from "./store.js";

const SEEN = "deskhand:seen";

export class Frame {
  constructor(onOpen) {
    this.embedded = window.parent !== window;
    this.open = !this.embedded;
    this.title = document.title;
    this.page = ""; // the shop's page that the chat was opened on
    this.newest = 0;
    this.unseen = new Set();
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || !this.embedded) return;
      if (typeof event.data?.page === "string") this.page = event.data.page.slice(0, 300);
      if (event.data?.deskhand === "open") {
        this.open = true;
        this.#look();
        onOpen();
      } else if (event.data?.deskhand === "closed") {
        this.open = false;
      }
    });
    document.addEventListener("visibilitychange", () => this.#look());
    this.#tell({ deskhand: "ready" });
  }

  close() {
    this.#tell({ deskhand: "close" });
  }

  // Whether it is the first of what the shopper has missed.
  arrived(turn, missed) {
    this.newest = Math.max(this.newest, turn.id);
    const seen = Number(local.getItem(SEEN));
    const fresh = turn.author !== "shopper" && turn.id > seen;
    const first = fresh && !this.unseen.size && seen > 0 && (missed || !this.open || document.hidden);
    if (fresh) this.unseen.add(turn.id);
    if (!missed) this.#look();
    return first;
  }

  caughtUp() {
    this.#look();
  }

  #look() {
    if (this.open && !document.hidden) {
      this.unseen.clear();
      if (this.newest) local.setItem(SEEN, String(this.newest));
    }
    const count = this.unseen.size;
    document.title = count ? `(${count}) ${this.title}` : this.title;
    this.#tell({ deskhand: "unread", count });
  }

  #tell(message) {
    if (this.embedded) window.parent.postMessage(message, "*");
  }
}
