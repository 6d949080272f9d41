// Makes the desk live: ticking clocks, fragments fetched when the server hints, replies sent in place.
// Every page works without it. Text is never put into the page as HTML here: the server renders.

const texts = document.body.dataset;
const page = document.querySelector("[data-live]");
const $ = (id) => document.getElementById(id);
const clockOf = (seconds) => {
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

// ---- Clocks: the thresholds are those of pages.py
function tick() {
  overdue();
  for (const clock of document.querySelectorAll("time[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
    const text = clockOf(seconds);
    if (clock.textContent !== text) clock.textContent = text;
    clock.className = "wait" + (seconds >= 900 ? " very-slow" : seconds >= 300 ? " slow" : "");
  }
}
function overdue() {
  for (const due of document.querySelectorAll("[data-due]")) {
    due.classList.toggle("over", Date.parse(due.dataset.due) < Date.now());
  }
}
function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-moment]")) {
    const at = new Date(time.dateTime);
    const today = at.toDateString() === new Date().toDateString();
    const form = today ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" };
    const locale = document.documentElement.lang === "en" ? undefined : "zh-CN";
    time.textContent = at.toLocaleString(locale, form);
    time.title = at.toLocaleString(locale);
    delete time.dataset.moment;
  }
}

// ---- Fragments
const turns = $("turns");
const log = $("log");
const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
const toEnd = () => { log.scrollTop = log.scrollHeight; $("news").hidden = true; };
const shown = new Map();

// A part that is being pressed is replaced after its release: the click would be lost with the button.
let pressed = null, late = false;
document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => setTimeout(() => {
    pressed = null;
    if (late) { late = false; refresh(); }
  }), true);
}
function swap(part) {
  const old = $(part.id);
  const html = part.innerHTML;
  if (!old || shown.get(part.id) === html) return;
  if (old.contains(pressed)) { late = true; return; }
  const known = new Set([...old.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
  const focused = old.contains(document.activeElement) ? focusKey(document.activeElement) : null;
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  const begun = [...old.querySelectorAll("input[id]:not([type]), select[id], textarea[id]")].map((field) => [field.id, field.value, untouched(field)]);
  const picked = new Set([...old.querySelectorAll(".pick :checked")].map((box) => box.value));
  shown.set(part.id, html);
  old.replaceChildren(...part.childNodes);
  old.querySelectorAll("details").forEach((details, place) => { details.open = open[place] ?? false; });
  for (const [id, value, same] of begun) if (!same && $(id)) $(id).value = value;
  for (const box of old.querySelectorAll(".pick input")) box.checked = picked.has(box.value);
  for (const row of old.querySelectorAll("[data-key]")) {
    if (!known.has(row.dataset.key)) row.classList.add("fresh");
  }
  if (focused) old.querySelector(focused)?.focus({ preventScroll: true });
}
function untouched(field) {
  if (!field.options) return field.value === field.defaultValue;
  const first = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
  return field.value === first?.value;
}
function focusKey(element) {
  if (element.id) return "#" + CSS.escape(element.id);
  return element.matches("a[href]") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]` : null;
}
function addTurns(list) {
  const follow = atEnd();
  let added = 0, mine = false;
  for (const turn of [...list.children]) {
    if (turns.querySelector(`[data-turn="${CSS.escape(turn.dataset.turn)}"]`)) continue;
    const note = turn.dataset.turn.match(/^note-(\d+)$/);
    if (note) page.dataset.noted = note[1];
    else page.dataset.cursor = turn.dataset.turn;
    mine = turn.classList.contains("agent");
    turns.append(turn);
    added += 1;
  }
  if (added && (follow || mine)) toEnd();
  else if (added) $("news").hidden = false;
  return added;
}

// What was taken back goes here, too.
function forget(newest) {
  const oldest = Number(newest[0] || Infinity);
  for (const turn of turns.querySelectorAll("[data-turn]")) {
    if (Number(turn.dataset.turn) >= oldest && !newest.includes(turn.dataset.turn)) turn.remove();
  }
}

let busy = false, again = false;
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    do {
      again = false;
      const url = new URL(page.dataset.fragment, location.href);
      if (turns) {
        url.searchParams.set("after", page.dataset.cursor);
        url.searchParams.set("noted", page.dataset.noted);
      }
      const response = await fetch(url, { headers: { "X-Desk": "fragment" } });
      if (response.status === 401) return ended();
      if (!response.ok) throw new Error(String(response.status));
      const text = await response.text();
      const fragment = new DOMParser().parseFromString(text, "text/html").getElementById("fragment");
      localTimes(fragment);
      fragment.querySelectorAll("[data-part]").forEach(swap);
      if (turns) forget(fragment.dataset.said.split(" "));
      if (turns && addTurns(fragment.querySelector("#new-turns")) >= 200) again = true;
      $("compose")?.classList.toggle("notes-only", fragment.dataset.canAct !== "yes");
      document.title = fragment.dataset.title;
      document.dispatchEvent(new Event("desk:news"));
      tick();
      state("live");
      document.dispatchEvent(new Event("desk:refreshed"));
    } while (again);
  } catch {
    state("offline");
  } finally {
    busy = false;
  }
}

// ---- Live: server-sent events, or a look every five seconds while they don't work
let polling = 0, source = null, over = false;
function state(name) {
  const live = $("live");
  if (!live || over || live.dataset.state === name) return;
  live.dataset.state = name;
  live.textContent = texts["text" + name[0].toUpperCase() + name.slice(1)];
}
function ended() {
  state("ended");
  over = true;
  source?.close();
  clearInterval(polling);
}
function listen() {
  source = new EventSource(page.dataset.live);
  source.addEventListener("changed", refresh);
  source.addEventListener("ended", ended);
  source.addEventListener("open", () => { clearInterval(polling); polling = 0; refresh(); });
  source.addEventListener("error", () => {
    if (over) return;
    state("offline");
    if (!polling) polling = setInterval(refresh, 5000);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => over || listen(), 5000);
  });
}

// ---- Writing
let saving = Promise.resolve(); // the draft's last way to the server: a reply goes after it
async function send(form, errorLine) {
  const button = form.querySelector("button:not([type])");
  const label = [...button.childNodes];
  const field = form.elements.text;
  const file = form.elements.file;
  if (!field.value.trim() && !file?.files.length) return field.focus();
  button.disabled = true;
  button.textContent = texts.textSending;
  try {
    await saving;
    const response = await fetch(form.action, {
      method: "POST", headers: { "X-Desk": "form" },
      body: file?.files.length ? new FormData(form) : fields(form),
    });
    const answer = await response.json();
    if (response.status === 401) { ended(); throw new Error(texts.textEnded); }
    if (!response.ok) throw new Error(answer.error);
    field.value = "";
    if (file) { file.value = ""; named(file); }
    if (form.elements.request_id) form.elements.request_id.value = answer.request_id;
    errorLine.hidden = true;
    field.dispatchEvent(new Event("input"));
    await refresh();
  } catch (error) {
    errorLine.textContent = error instanceof TypeError || error instanceof SyntaxError ? texts.textFailed : error.message;
    errorLine.hidden = false;
  } finally {
    button.disabled = false;
    button.replaceChildren(...label);
    field.focus();
  }
}
function fields(form) {
  const data = new FormData(form);
  data.delete("file");
  return new URLSearchParams(data);
}
function named(file) {
  file.parentElement.querySelector("[data-named]").textContent = file.files[0]?.name ?? "";
}
function post(form, address, fields) {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, ...fields });
  return fetch(address, { method: "POST", headers: { "X-Desk": "form" }, body, keepalive: true }).catch(() => {});
}
function writing(form, errorLine) {
  const field = form.elements.text;
  const grow = () => {
    if (CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = field.scrollHeight + 2 + "px";
  };
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form, errorLine); });
  grow();
}
// What is written is kept by the server, which forgets it once it is sent.
function drafting(form, field) {
  let told = 0, kept = field.value, timer = 0;
  const keep = () => {
    clearTimeout(timer);
    if (field.value === kept) return;
    kept = field.value;
    saving = post(form, field.dataset.draft, { text: kept });
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 700);
    if (field.value && Date.now() - told > 3000) {
      told = Date.now();
      post(form, field.dataset.typing, {});
    }
  });
  form.addEventListener("submit", keep);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  addEventListener("pagehide", keep);
}

// ---- Start
localTimes(document);
tick();
setInterval(tick, 1000);
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const use = event.target.closest("[data-use]");
  if (use) {
    const field = $("reply");
    $("mode-reply").checked = true;
    field.value = field.value ? field.value + "\n" + use.dataset.use : use.dataset.use;
    field.dispatchEvent(new Event("input"));
    field.focus();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
if ($("compose")) {
  $("file").addEventListener("change", (event) => { named(event.target); $("reply").focus(); });
  $("reply").addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    $("file").files = event.clipboardData.files;
    named($("file"));
  });
  drafting($("composer"), $("reply"));
  writing($("composer"), $("reply-error"));
  writing($("note-form"), $("note-form").querySelector("[data-error]"));
}
if (turns) {
  toEnd();
  log.addEventListener("scroll", () => { if (atEnd()) $("news").hidden = true; });
  $("news").addEventListener("click", toEnd);
}
if (page) {
  listen();
  document.addEventListener("desk:changed", refresh);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !over) refresh(); });
}
