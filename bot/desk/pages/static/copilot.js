// The copilot: drafts are asked for and put away in place, and the knowledge is asked beside the conversation.
// A draft goes into the reply box by a press and is sent by nobody but the agent.

const reply = document.getElementById("reply");
const draft = document.getElementById("copilot-id");
let asked = "";

document.addEventListener("click", (event) => {
  const use = event.target.closest("[data-draft-id]");
  if (use) draft.value = use.dataset.draftId;
});
reply.addEventListener("input", () => { if (!reply.value) draft.value = ""; });

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-quiet]")) return;
  event.preventDefault();
  quiet(event.target);
});
async function quiet(form, silent = false) {
  const button = form.querySelector("button");
  button.disabled = true;
  const body = new URLSearchParams(new FormData(form));
  const response = await fetch(form.action, { method: "POST", headers: { "X-Desk": "form" }, body }).catch(() => null);
  button.disabled = false;
  if (response?.ok) return document.dispatchEvent(new Event("desk:changed"));
  const said = form.querySelector("[data-said]");
  if (said && !silent && response) said.textContent = (await response.json()).error;
}

// What the agent has taken is drafted without being asked, once for each new message.
function ready() {
  const form = document.querySelector("[data-auto]");
  if (!form || form.dataset.auto === asked) return;
  asked = form.dataset.auto;
  quiet(form, true);
}
document.addEventListener("desk:refreshed", ready);
ready();

const knowledge = document.getElementById("ask-form");
knowledge?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = new URL(knowledge.action);
  url.search = new URLSearchParams(new FormData(knowledge));
  const response = await fetch(url, { headers: { "X-Desk": "fragment" } }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.getElementById("known").replaceChildren(...page.getElementById("fragment").childNodes);
});
