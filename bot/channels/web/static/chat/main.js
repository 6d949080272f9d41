// The chat page: puts the pieces together and listens to the shopper's hands.

import { Api } from "./api.js";
import { DraftBubble } from "./draft.js";
import { Follower } from "./follow.js";
import { Frame } from "./frame.js";
import { fill, Log } from "./log.js";
import { newId, Outgoing } from "./outgoing.js";
import { proveByLink } from "./proof.js";
import { tab } from "./store.js";

const MAX_TEXT = 4000;
const DRAFT = "deskhand:draft";
const STOOD = "deskhand:stood"; // how far the log was scrolled, where not to its end
const LONGEST_TYPING = 60_000; // ms; an indicator that never ends is a lie
const AGENT_TYPING = 6_000; // a person who writes on says so every three seconds
const JUST_SAID = 1_500; // news of the writing may be overtaken by what was written

const $ = (id) => document.getElementById(id);
const { language, texts } = JSON.parse($("config").textContent);
const query = new URLSearchParams(location.search);

let status = "bot";
let agent = null;
let answered = 0; // the newest turn that is not the shopper's
let proven = false; // whether the shopper has shown who they are
let agentSpoke = 0; // when, on this page's clock
let typingTimer = null;
let countdown = null;
let reading = true; // what was said before, for the first time

const log = new Log($("log"), document.querySelector("main"), texts, language, {
  onChoice: (label, value) => say(label, value),
  onRate: (turn, value) => api.rate(turn, value),
  onBehind: (behind) => {
    $("jump").hidden = !behind;
  },
});
const draft = new DraftBubble($("draft"), texts.bot);
const api = new Api(language, startOver);
const outgoing = new Outgoing(api, {
  sending: (message) => {
    greet();
    log.pending(message);
    expectAnswer();
  },
  sent: (message, turnId) => {
    notice("");
    log.sent(message, turnId);
    follower.begin();
    // The answer may have come by the stream before the server's word that it has the question.
    if (!(turnId < answered)) expectAnswer();
  },
  held,
  offline,
  locked,
  failed: (message, why) => {
    typing(false);
    log.failed(message, why);
    if (!$("text").value) $("text").value = message.text;
    grow();
  },
});
const follower = new Follower(api, {
  turn: (turn) => {
    greet();
    const missed = frame.arrived(turn, reading);
    log.turn(turn);
    if (missed) log.newLine(turn.id);
    // Somebody joined or left: who was here before is not here now.
    if (turn.author === "agent" || turn.author === "system") agent = turn.agent;
    if (turn.author === "agent") agentSpoke = Date.now();
    if (turn.author === "shopper") {
      if (Date.now() - new Date(turn.at) < LONGEST_TYPING) expectAnswer();
    } else {
      answered = turn.id;
      draft.end();
      typing(false);
    }
    banner();
  },
  status: (name) => {
    status = name;
    if (status !== "bot") typing(false);
    banner();
  },
  proven: (whether) => {
    $("leave").hidden = !whether;
    const over = proven && !whether;
    proven = whether;
    // What was said to the one who had shown who they are must not stay on the screen.
    if (over) startOver();
  },
  typing: () => {
    if (status !== "agent") typing(true);
    else if (Date.now() - agentSpoke > JUST_SAID) typing(true, AGENT_TYPING);
  },
  draft: (beginning) => {
    if (status === "agent" || !draft.show(beginning)) return;
    greet();
    typing(true);
  },
  caughtUp: () => {
    $("talk").removeAttribute("aria-busy");
    frame.caughtUp();
    if (!reading) return;
    reading = false;
    const stood = tab.getItem(STOOD);
    if (stood) document.querySelector("main").scrollTop = Number(stood);
  },
  online: () => {
    if (!countdown) notice("");
    outgoing.wake();
  },
  offline,
  locked,
});
const frame = new Frame(() => focusFirst());

function startOver() {
  answered = 0;
  log.clear();
  follower.restart();
}

function say(text, choice) {
  outgoing.add(text, choice, language, frame.page);
  log.toEnd();
}

function greet() {
  if ($("welcome").hidden) return;
  $("welcome").hidden = true;
}

// The bot answers what is said to it, at once; a person answers when they have read it.
function expectAnswer() {
  if (status === "bot" || status === "closed") typing(true);
}

function typing(on, longest = LONGEST_TYPING) {
  clearTimeout(typingTimer);
  $("typing").hidden = !on;
  if (!on) draft.hide();
  if (on) typingTimer = setTimeout(() => typing(false), longest);
  const writer = status === "agent" ? fill(texts.typing_agent, { agent: agent ?? texts.agent }) : texts.typing;
  if ($("typing-who").textContent !== writer) $("typing-who").textContent = writer;
  if (on && log.following) log.toEnd();
}

function banner() {
  const said = {
    bot: "",
    waiting: texts.waiting,
    agent: agent ? fill(texts.agent_here, { agent }) : texts.agent_joined,
    closed: texts.closed,
  }[status];
  if ($("banner").textContent !== said) $("banner").textContent = said;
  $("banner").hidden = !said;
  $("banner").className = status;
  $("person").disabled = status === "waiting" || status === "agent";
  $("subtitle").textContent = {
    agent: agent ?? texts.agent,
    waiting: texts.waiting_short,
  }[status] ?? texts.subtitle;
  document.querySelector("header").dataset.who = status;
}

function notice(text) {
  clearInterval(countdown);
  countdown = null;
  if ($("notice").textContent !== text) $("notice").textContent = text;
}

// The server is busy and said for how long; the number counts down, the message is not lost.
function held(text, seconds) {
  notice(text);
  typing(false);
  let left = seconds;
  countdown = setInterval(() => {
    left -= 1;
    if (left < 1) return;
    $("notice").textContent = text.replace(String(seconds), String(left));
  }, 1000);
}

function offline() {
  typing(false);
  notice(texts.offline);
}

// A session cannot be kept: the browser refuses cookies inside another site's page.
function locked() {
  if ($("notice").querySelector("a")) return;
  notice(`${texts.cookies} `);
  const anchor = document.createElement("a");
  anchor.href = location.href;
  anchor.target = "_blank";
  anchor.rel = "noopener";
  anchor.textContent = texts.open_tab;
  $("notice").append(anchor);
}

async function upload(file) {
  const message = { id: newId(), text: file.name };
  greet();
  log.pending(message);
  try {
    const { turn_id: turnId } = await api.upload(message.id, file);
    log.sent(message, turnId);
    follower.begin();
    if (!(turnId < answered)) expectAnswer();
  } catch (error) {
    log.failed(message, error.message);
  }
}

function submit() {
  const text = $("text").value.trim();
  if (!text || text.length > MAX_TEXT) return;
  $("text").value = "";
  grow();
  say(text);
  $("text").focus();
}

function grow() {
  const box = $("text");
  tab.setItem(DRAFT, box.value);
  if (!CSS.supports("field-sizing", "content")) {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  }
  const over = box.value.trim().length - MAX_TEXT;
  $("hint").textContent = over > 0 ? fill(texts.too_long, { count: over }) : texts.hint;
  $("hint").classList.toggle("bad", over > 0);
  $("send").disabled = over > 0 || !box.value.trim();
}

// A phone's keyboard would cover the chat that was just opened, so there the heading takes focus.
function focusFirst() {
  const target = matchMedia("(hover: none)").matches ? document.querySelector("h1") : $("text");
  target.focus({ preventScroll: true });
}

// The shop's colour, with whichever of black and white is easier to read on it.
function paint(colour) {
  const match = /^#?([0-9a-f]{6})$/i.exec(colour ?? "");
  if (!match) return;
  const value = Number.parseInt(match[1], 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  document.documentElement.style.setProperty("--brand", `#${match[1]}`);
  document.documentElement.style.setProperty("--on-brand", light > 0.179 ? "#111" : "#fff");
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("text").addEventListener("input", grow);
$("text").addEventListener("keydown", (event) => {
  // While an input method composes, Enter picks a word (229 is what Safari says then).
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  for (const file of $("file").files) upload(file);
  $("file").value = "";
});
$("text").addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (!files.length) return;
  event.preventDefault();
  files.forEach(upload);
});
addEventListener("pagehide", () => {
  tab.setItem(STOOD, log.following ? "" : String(document.querySelector("main").scrollTop));
});
$("person").addEventListener("click", () => say(texts.person, "person"));
$("leave").addEventListener("click", () => say(texts.leave, "proof:leave"));
$("jump").addEventListener("click", () => log.toEnd());
$("close").addEventListener("click", () => frame.close());
$("close").hidden = !frame.embedded;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) frame.close();
});
// What can be pressed is disabled in the page itself, so that no early press goes nowhere.
for (const button of document.querySelectorAll(".suggestion")) {
  button.disabled = false;
  button.addEventListener("click", () => {
    say(button.textContent, `ask:${button.textContent}`);
    $("text").focus({ preventScroll: true });
  });
}
query.set("lang", language === "zh" ? "en" : "zh");
$("switch").href = `/chat?${query}`;
document.querySelector("h1").tabIndex = -1;

paint(query.get("colour"));
banner();
$("talk").setAttribute("aria-busy", "true");
// A quick typist may be ahead of this script.
$("text").value ||= tab.getItem(DRAFT) ?? "";
grow();
for (const message of outgoing.waiting()) {
  greet();
  log.pending(message);
}
outgoing.flush();
follower.run();
proveByLink(api).then((taken) => {
  if (taken) follower.begin();
});
if (!frame.embedded) focusFirst();
