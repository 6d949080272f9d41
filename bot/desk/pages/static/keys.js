// The desk by keyboard. An element's key is what its aria-keyshortcuts says; `?` shows the card of them.
// They can be switched off there, for people whose speech or switch types letters.

const OFF = "deskhand-keys-off";
const card = document.getElementById("keys-card");
const on = document.getElementById("keys-on");
on.checked = !localStorage.getItem(OFF);
on.addEventListener("change", () => on.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));

document.addEventListener("click", (event) => {
  if (event.target.closest('[data-opens="keys-card"]')) card.showModal();
});
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return leave(event.target);
  if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select") || !on.checked) return;
  if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key === "?") card.showModal();
  else if (event.key === "x") pick(event.target);
  else if (!press(event.key)) return;
  event.preventDefault();
});

const rows = () => [...document.querySelectorAll(".row-link")].filter((row) => row.checkVisibility());
const here = (list) => Math.max(list.indexOf(document.activeElement), -1);
function step(by) {
  const list = rows();
  const from = here(list) >= 0 ? here(list) : list.findIndex((row) => row.hasAttribute("aria-current"));
  const row = list[Math.min(Math.max(from + by, 0), list.length - 1)];
  row?.focus();
  row?.scrollIntoView({ block: "nearest" });
}
function pick(from) {
  const box = from.closest(".row")?.querySelector(".pick input");
  document.getElementById("picking").checked ||= Boolean(box);
  if (box) box.checked = !box.checked;
}
function press(key) {
  const wanted = [...document.querySelectorAll(`[aria-keyshortcuts="${CSS.escape(key)}"]`)];
  const found = wanted.find((element) => element.checkVisibility());
  if (!found) return false;
  if (found.matches("input:not([type=radio]), textarea, select")) found.focus();
  else if ("careful" in found.dataset) found.focus(); // Enter does it
  else found.click();
  found.closest("details[open]")?.querySelector("select, form button")?.focus();
  document.getElementById(found.dataset.focus)?.focus();
  return true;
}
function leave(from) {
  const act = from.closest("details.act[open]");
  if (act) { act.open = false; return act.querySelector("summary").focus(); }
  if (from.closest("details.menu[open]")) return;
  const list = rows();
  from.blur?.();
  (list.find((row) => row.hasAttribute("aria-current")) ?? list[0])?.focus({ preventScroll: true });
}
