// Search as one types: the server finds and renders, the list gives way while something is looked for.

const field = document.getElementById("search");
const list = field.closest(".list");
const found = document.getElementById("found");
let asked = 0, timer = 0;

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, 120);
});
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") found.querySelector("a")?.focus();
  else if (event.key === "Escape" && field.value) { field.value = ""; look(); }
  else return;
  event.preventDefault();
});
async function look() {
  const mine = ++asked;
  list.classList.toggle("searching", field.value.trim() !== "");
  if (!field.value.trim()) return found.replaceChildren();
  const url = new URL(field.dataset.results, location.href);
  url.searchParams.set("q", field.value);
  const response = await fetch(url, { headers: { "X-Desk": "fragment" } }).catch(() => null);
  if (!response?.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  found.replaceChildren(...page.getElementById("hits").childNodes);
}
