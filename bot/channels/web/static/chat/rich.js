// A text's tree (bot/language/markdown.py) as elements. Words only ever become text nodes and addresses
// only ever http(s) links, so nothing in an answer can become markup.

const MARKS = { b: "strong", i: "em", s: "s", code: "code" };

const BLOCKS = {
  paragraph: ({ runs }) => make("p", runs.flatMap(run)),
  heading: ({ runs }) => make("h3", runs.flatMap(run)),
  rule: () => make("hr"),
  quote: ({ blocks }) => make("blockquote", blocks.map(block)),
  code: ({ text }) => wide(make("pre", [text])),
  list: ({ items }) => make(items[0].number === null ? "ul" : "ol", items.map(item)),
  table: ({ rows, headed }) => {
    const row = (cells, tag) => make("tr", cells.map((cell) => make(tag, cell.flatMap(run))));
    const lines = rows.map((cells, at) => row(cells, headed && at === 0 ? "th" : "td"));
    return wide(make("div", [make("table", lines)]));
  },
};

export function rich(blocks) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks.map(block));
  return fragment;
}

function block(tree) {
  return BLOCKS[tree.kind](tree);
}

function item({ blocks, number }) {
  const element = make("li", blocks.map(block));
  if (number !== null) element.value = number;
  return element;
}

function run({ text, marks, link: address }) {
  const lines = text.split("\n").flatMap((line, at) => (at ? [make("br"), line] : [line]));
  const nodes = address ? [link(address, ...lines)] : lines;
  return marks.reduceRight((inner, mark) => [make(MARKS[mark], inner)], nodes);
}

function make(tag, children = []) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

// Scrolls by itself, by keyboard, too.
function wide(element) {
  element.classList.add("wide");
  element.tabIndex = 0;
  return element;
}

// A link that opens beside the chat; just the label when the address is not http(s).
export function link(address, ...label) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return make("span", label);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return make("span", label);
  const anchor = make("a", label);
  anchor.href = url.href;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}
