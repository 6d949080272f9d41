// 👍 and 👎 under an answer: the pressed one stays marked, a 👎 offers a person.

const SVG = "http://www.w3.org/2000/svg";
const THUMB =
  "M7 10.5v9H4.500v-9zM7 10.500l4-7c1.600 0 2.500 1.100 2.200 2.600L12.500 9.500h5.200c1.400 0 2.300 1.200 2 2.500l-1.300 6c-.2 1-1 1.500-2 1.500H7";

// `keep(value)` resolves once the server has the rating; `person()` asks for one.
export function rating(turn, texts, { keep, person, grown }) {
  const row = document.createElement("div");
  row.className = "rating";
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", texts.rate);
  const note = document.createElement("p");
  note.className = "rating-note";
  const buttons = [
    [1, texts.rate_up],
    [-1, texts.rate_down],
  ].map(([value, label]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.value = value;
    button.title = label;
    button.setAttribute("aria-label", label);
    button.append(thumb(value));
    button.addEventListener("click", () => press(value));
    return button;
  });
  let pressed = turn.rating;

  function show(value) {
    pressed = value;
    for (const button of buttons) button.setAttribute("aria-pressed", String(Number(button.value) === value));
  }

  async function press(value) {
    const before = pressed;
    show(value);
    try {
      await keep(value);
    } catch {
      show(before);
      say(texts.rate_failed);
      return;
    }
    if (value > 0) say(texts.rate_thanks);
    else say(texts.rate_sorry, offer());
  }

  function offer() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "to-person";
    button.textContent = texts.person;
    button.addEventListener("click", () => {
      button.remove();
      person();
    });
    return button;
  }

  function say(text, ...more) {
    note.replaceChildren(text, ...more);
    grown(note);
  }

  show(pressed);
  row.append(...buttons, note);
  return row;
}

function thumb(value) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  if (value < 0) svg.classList.add("down");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", THUMB);
  svg.append(path);
  return svg;
}
