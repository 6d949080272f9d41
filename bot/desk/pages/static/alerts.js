// Tells an agent that somebody waits, as they have chosen: with a sound, on the desktop, or not at all.
// What there is to tell the server lists; each entry is told once, and what was there at first is not.

const way = document.querySelector("[data-alerts]").dataset.alerts;
const list = document.getElementById("news-list");
const known = new Set();
const wants = (one) => way === one || way === "both";

for (const button of document.querySelectorAll("[data-asks-browser]")) {
  button.addEventListener("click", async (event) => {
    if (!("Notification" in window) || Notification.permission !== "default") return;
    event.preventDefault();
    await Notification.requestPermission();
    button.form.requestSubmit(button);
  });
}
const blocked = document.getElementById("alerts-blocked");
if (blocked) blocked.hidden = !(wants("desktop") && window.Notification?.permission === "denied");

if (list) {
  look(false);
  document.addEventListener("desk:news", () => look(true));
}
function look(tells) {
  let newest = null;
  const now = new Set();
  for (const one of list.children) {
    now.add(one.dataset.key);
    if (!known.has(one.dataset.key)) newest = one;
  }
  known.clear();
  now.forEach((key) => known.add(key));
  if (newest && tells) tell(newest.textContent, newest.dataset.key.split("-")[0]);
}
function tell(text, ticket) {
  if (wants("sound")) chime();
  if (!wants("desktop") || !document.hidden || window.Notification?.permission !== "granted") return;
  const note = new Notification("Deskhand", { body: text, tag: `deskhand-${ticket}` });
  note.addEventListener("click", () => {
    window.focus();
    location.assign(`/desk/tickets/${ticket}`);
  });
}
// Two soft notes. A browser plays them once the page was pressed or typed in.
function chime() {
  const audio = new AudioContext();
  for (const [pitch, after] of [[660, 0], [880, 0.14]]) {
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    const at = audio.currentTime + after;
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.12, at);
    loud.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  }
  document.body.dataset.chimed = String(Number(document.body.dataset.chimed ?? 0) + 1);
  setTimeout(() => audio.close(), 800);
}
