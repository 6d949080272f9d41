// Turns an answer's text into elements: paragraphs, lists, tables as text, **bold**, http(s) links.
// Text only ever becomes text nodes, so nothing in an answer can become markup.

const INLINE = /\*\*([^*]+)\*\*|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"'，。；、）】」]+)/g;
const BULLET = /^\s*[-*•·]\s+(.*)$/;
const NUMBER = /^\s*\d{1,2}[.)、]\s*(.*)$/;
const ROW = /^\s*\|.*\|\s*$/;

export function rich(text) {
  const fragment = document.createDocumentFragment();
  for (const block of text.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    let kind = null;
    let lines = [];
    const flush = () => {
      if (lines.length) fragment.append(build(kind, lines));
      lines = [];
    };
    for (const line of block.split("\n")) {
      const next = ROW.test(line) ? "pre" : BULLET.test(line) ? "ul" : NUMBER.test(line) ? "ol" : "p";
      if (next !== kind) flush();
      kind = next;
      if (line.trim()) lines.push(line);
    }
    flush();
  }
  return fragment;
}

function build(kind, lines) {
  const element = document.createElement(kind);
  if (kind === "pre") {
    element.textContent = lines.join("\n");
    element.tabIndex = 0; // so that a wide table can be scrolled by keyboard
  } else if (kind === "p") {
    inline(element, lines.join("\n"));
  } else {
    if (kind === "ol") element.start = Number.parseInt(lines[0], 10) || 1;
    for (const line of lines) {
      const item = document.createElement("li");
      inline(item, line.match(kind === "ul" ? BULLET : NUMBER)[1]);
      element.append(item);
    }
  }
  return element;
}

function inline(parent, text) {
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, label, target, bare] = match;
    words(parent, text.slice(end, match.index));
    end = match.index + whole.length;
    if (bold) {
      const strong = document.createElement("strong");
      words(strong, bold);
      parent.append(strong);
    } else if (bare) {
      const address = bare.replace(/[.,;:!?)\]]+$/, "");
      parent.append(link(address, address), bare.slice(address.length));
    } else {
      parent.append(link(target, label));
    }
  }
  words(parent, text.slice(end));
}

function words(parent, text) {
  text.split("\n").forEach((line, index) => {
    if (index) parent.append(document.createElement("br"));
    parent.append(line);
  });
}

// A link that opens beside the chat; just the label when the address is not http(s).
export function link(address, label) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return document.createTextNode(label);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return document.createTextNode(label);
  const anchor = document.createElement("a");
  anchor.href = url.href;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  anchor.textContent = label;
  return anchor;
}
