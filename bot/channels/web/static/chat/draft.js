// The beginning of an answer that is being written. It stands below the log and out of the reach of
// screen readers, which are told of the answer once, when it is whole; then it makes way for it.

import { rich } from "./rich.js";

export class DraftBubble {
  constructor(element, name) {
    this.element = element;
    this.id = 0;
    this.ended = 0; // the newest that was replaced: a straggler must not bring it back
    element.querySelector(".by").textContent = name;
  }

  // Whether it is shown now; each draft has all of the text so far.
  show({ id, blocks, language }) {
    if (id <= this.ended || id < this.id) return false;
    this.id = id;
    this.element.lang = language === "zh" ? "zh-CN" : "en";
    this.element.querySelector(".bubble").replaceChildren(rich(blocks));
    this.element.hidden = false;
    return true;
  }

  hide() {
    this.element.hidden = true;
  }

  end() {
    this.ended = this.id;
    this.hide();
  }
}
