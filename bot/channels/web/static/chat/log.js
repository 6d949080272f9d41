// The conversation on screen. Turns stand in the order of their ids, messages not yet acknowledged
// at the end; a turn is shown once, however often it arrives.

import { rating } from "./rating.js";
import { link, rich } from "./rich.js";

const NEAR_END = 80; // px from the end that count as being there

const PICTURES = 5; // under one answer

export class Log {
  constructor(list, scroller, texts, language, { onChoice, onBehind, onRate }) {
    this.list = list;
    this.scroller = scroller;
    this.texts = texts;
    this.locale = language === "zh" ? "zh-CN" : "en-GB";
    this.onChoice = onChoice;
    this.onRate = onRate; // keeps a rating; rejects when it could not
    this.onBehind = onBehind; // told whether something new stands below what is in view
    this.following = true;
    scroller.addEventListener("scroll", () => {
      this.following = this.#atEnd();
      if (this.following) onBehind(false);
    });
    // A banner, a keyboard or a growing input takes room from the log: its end stays in view.
    new ResizeObserver(() => this.following && this.toEnd()).observe(scroller);
    this.turns = new Map(); // turn id → element
    this.own = new Map(); // message id → element
  }

  get empty() {
    return this.list.childElementCount === 0;
  }

  clear() {
    this.turns.clear();
    for (const element of [...this.list.children]) {
      if (element.dataset.turn) element.remove();
    }
    for (const [id, element] of this.own) if (element.dataset.turn) this.own.delete(id);
  }

  pending(message) {
    if (this.own.has(message.id)) return;
    const element = this.#element("shopper", this.texts.you);
    element.classList.add("pending");
    element.querySelector(".bubble").textContent = message.text;
    element.querySelector(".meta").textContent = this.texts.sending;
    this.own.set(message.id, element);
    this.retire(message.text);
    this.list.append(element);
    this.#group();
    this.toEnd();
  }

  sent(message, turnId) {
    const element = this.own.get(message.id);
    if (!element || element.dataset.turn) return;
    element.classList.remove("pending");
    element.querySelector(".meta").textContent = this.texts.sent;
    if (turnId && !this.turns.has(turnId)) this.#place(element, turnId);
  }

  failed(message, why) {
    const element = this.own.get(message.id);
    if (!element) return;
    element.classList.remove("pending");
    element.classList.add("failed");
    element.querySelector(".meta").textContent = why ? `${this.texts.failed}: ${why}` : this.texts.failed;
  }

  turn(turn) {
    if (turn.amends && this.turns.has(turn.amends.turn)) {
      const element = this.turns.get(turn.amends.turn);
      const files = turn.amends.amended === "edited" ? [...element.querySelectorAll(".files")] : [];
      element.querySelector(".bubble").replaceChildren(rich(turn.amends.blocks), ...files);
      this.#amended(element, turn.amends.amended);
      return;
    }
    const known = this.turns.get(turn.id) ?? this.own.get(turn.message_id);
    if (known) {
      this.#files(known, turn);
      known.classList.remove("pending", "failed");
      this.#stamp(known, turn.at);
      this.#place(known, turn.id);
      // After a reload it may have stood here before the question whose choice it is.
      this.retire(turn.text);
      return;
    }
    const atEnd = this.following;
    const element = this.#element(turn.author, this.#name(turn));
    element.classList.toggle("veiled", turn.hidden);
    if (turn.language) element.lang = turn.language === "zh" ? "zh-CN" : "en";
    const bubble = element.querySelector(".bubble");
    if (turn.author === "shopper") {
      bubble.textContent = turn.text;
      if (turn.message_id) this.own.set(turn.message_id, element);
      this.retire(turn.text);
    } else {
      bubble.append(rich(turn.blocks));
    }
    this.#files(element, turn);
    this.#stamp(element, turn.at);
    this.#amended(element, turn.amended);
    const pictured = turn.sources.filter((source) => source.image).slice(0, PICTURES);
    if (pictured.length) bubble.append(this.#pictures(pictured));
    if (turn.sources.length) element.append(this.#sources(turn.sources));
    if (turn.rating !== null && turn.rating !== undefined) element.append(this.#rating(turn));
    if (turn.buttons.length) element.append(this.#choices(turn.buttons));
    this.#place(element, turn.id);
    if (atEnd) this.toEnd();
    else this.onBehind(true);
  }

  // Somebody at the shop has meant something else, or takes it back.
  #amended(element, how) {
    element.classList.toggle("veiled", how === "withdrawn" || element.classList.contains("veiled"));
    if (how !== "edited" || element.querySelector(".edited")) return;
    const mark = make("span", "edited");
    mark.textContent = ` · ${this.texts.edited}`;
    element.querySelector(".meta").append(mark);
  }

  // A picture or a file in place of its name.
  #files(element, turn) {
    if (!turn.files?.length || element.querySelector(".files")) return;
    const row = make("div", "files");
    for (const { name, photo, url } of turn.files) {
      const anchor = document.createElement("a");
      Object.assign(anchor, { href: url, target: "_blank", rel: "noopener" });
      if (photo) {
        const picture = document.createElement("img");
        Object.assign(picture, { alt: fill(this.texts.photo, { name }), loading: "lazy" });
        picture.addEventListener("load", () => this.following && this.toEnd());
        picture.src = url;
        anchor.append(picture);
      } else {
        anchor.download = name;
        anchor.textContent = name;
      }
      row.append(anchor);
    }
    const bubble = element.querySelector(".bubble");
    if (turn.text === turn.files[0].name) bubble.replaceChildren(row);
    else bubble.append(row);
    bubble.classList.toggle("pictured", turn.files[0].photo && turn.text === turn.files[0].name);
  }

  // From here on the shopper has not seen it.
  newLine(turnId) {
    this.list.querySelector(".new-line")?.remove();
    const before = this.turns.get(turnId);
    if (!before?.previousElementSibling) return;
    const line = make("li", "new-line");
    line.textContent = this.texts.new_line;
    this.list.insertBefore(line, before);
  }

  // Choices belong to the question they were asked with: once the shopper went on, they are over.
  retire(pressed) {
    for (const button of this.list.querySelectorAll(".choices button:not(:disabled)")) {
      button.disabled = true;
      button.setAttribute("aria-pressed", String(button.textContent === pressed));
    }
  }

  toEnd() {
    this.following = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #place(element, turnId) {
    element.dataset.turn = turnId;
    this.turns.set(turnId, element);
    const after = [...this.list.children].find(
      (other) => other !== element && (!other.dataset.turn || Number(other.dataset.turn) > turnId),
    );
    // Moving an element that is in its place already would have it read out a second time.
    if (element.parentNode !== this.list || element.nextElementSibling !== (after ?? null)) {
      this.list.insertBefore(element, after ?? null);
    }
    this.#group();
  }

  #group() {
    let before = null;
    for (const element of this.list.children) {
      element.classList.toggle("joined", before?.dataset.by === element.dataset.by);
      before = element;
    }
  }

  #name(turn) {
    if (turn.author === "agent") return turn.agent ?? this.texts.agent;
    return turn.author === "shopper" ? this.texts.you : this.texts.bot;
  }

  #element(author, name) {
    const element = make("li", `turn ${author}`);
    element.dataset.by = `${author} ${name}`;
    const by = make("p", "by");
    by.textContent = name;
    element.append(by, make("div", "bubble"), make("p", "meta"));
    return element;
  }

  #stamp(element, at) {
    const date = new Date(at);
    const today = date.toDateString() === new Date().toDateString();
    const time = document.createElement("time");
    time.dateTime = at;
    time.title = date.toLocaleString(this.locale);
    time.textContent = date.toLocaleString(this.locale, {
      hour: "2-digit",
      minute: "2-digit",
      ...(today ? {} : { month: "short", day: "numeric" }),
    });
    element.querySelector(".meta").replaceChildren(time);
  }

  // One that cannot be loaded goes: what it shows stands in words beside it.
  #pictures(sources) {
    const row = make("div", "pictures");
    for (const source of sources) {
      const picture = document.createElement("img");
      Object.assign(picture, { alt: source.title, title: source.title, loading: "lazy", width: 96, height: 96 });
      picture.referrerPolicy = "no-referrer";
      picture.addEventListener("error", () => picture.remove());
      picture.src = source.image;
      row.append(picture);
    }
    return row;
  }

  #sources(sources) {
    const details = make("details", "sources");
    const summary = document.createElement("summary");
    const title = sources[0].title;
    summary.textContent =
      sources.length === 1
        ? fill(this.texts.source, { title })
        : fill(this.texts.sources, { title, more: sources.length - 1 });
    // What opens below the edge of the log would be opened in vain.
    details.addEventListener("toggle", () => details.open && details.scrollIntoView({ block: "nearest" }));
    const list = document.createElement("ul");
    for (const source of sources) {
      const item = document.createElement("li");
      if (sources.length > 1) item.append(source.title); // of one alone the line above says it
      const small = document.createElement("small");
      if (source.url) small.append(link(source.url, this.texts.open_source));
      else if (source.source !== source.title) small.append(source.source);
      if (small.hasChildNodes()) item.append(small);
      else if (sources.length === 1) item.append(source.source);
      list.append(item);
    }
    details.append(summary, list);
    return details;
  }

  #rating(turn) {
    return rating(turn, this.texts, {
      keep: (value) => this.onRate(turn.id, value),
      person: () => this.onChoice(this.texts.person, "person"),
      // What a 👎 offers must not open below the edge of the log.
      grown: (element) => element.scrollIntoView({ block: "nearest" }),
    });
  }

  #choices(buttons) {
    const row = make("div", "choices");
    for (const { label, value } of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => this.onChoice(label, value));
      row.append(button);
    }
    return row;
  }
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function make(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}
