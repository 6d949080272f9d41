// What is offered while one types "/refund" or "@ann": the server renders the list, one key takes from it.

const list = document.getElementById("offered");
let field = null, begun = -1, asked = 0;

for (const each of document.querySelectorAll("[data-suggest]")) {
  each.setAttribute("aria-autocomplete", "list");
  each.setAttribute("aria-controls", list.id);
  each.addEventListener("input", () => look(each));
  each.addEventListener("keydown", keys);
  each.addEventListener("blur", () => { if (field === each) close(); });
}

// The sign begins the text or follows a space; what stands between it and the cursor is looked for.
async function look(from) {
  const before = from.value.slice(0, from.selectionStart);
  const sign = from.dataset.suggest;
  begun = before.lastIndexOf(sign);
  const typed = before.slice(begun + 1);
  if (begun < 0 || /\S/.test(before[begun - 1] ?? " ") || /[\s/]/.test(typed) || typed.length > 30) return close();
  const mine = ++asked;
  const url = new URL(from.dataset.options, location.href);
  url.searchParams.set("q", typed);
  const response = await fetch(url, { headers: { "X-Desk": "fragment" } }).catch(() => null);
  if (!response?.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  list.replaceChildren(...page.getElementById("fragment").children);
  field = from;
  list.hidden = !list.children.length;
  if (!list.hidden) choose(list.firstElementChild);
}
function choose(option) {
  for (const each of list.children) each.setAttribute("aria-selected", String(each === option));
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}
function close() {
  asked += 1;
  list.hidden = true;
  list.replaceChildren();
  field?.removeAttribute("aria-activedescendant");
}
function take(option) {
  field.setRangeText(option.dataset.text, begun, field.selectionStart, "end");
  close();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}
function keys(event) {
  if (list.hidden || event.isComposing) return;
  const chosen = list.querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown") choose(chosen.nextElementSibling ?? list.firstElementChild);
  else if (event.key === "ArrowUp") choose(chosen.previousElementSibling ?? list.lastElementChild);
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(chosen);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
}
list.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("[role=option]");
  event.preventDefault();
  if (option) take(option);
});
