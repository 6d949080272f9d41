// The knowledge's files: one that is dropped on the page is looked at, and a build is watched until it is done.
// Without it both work by a button.

const form = document.getElementById("drop");
const input = document.getElementById("upload");
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  form.classList.add("over");
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  form.classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  form.requestSubmit();
});

const building = document.getElementById("building");
const running = () => building.querySelector("#fragment").dataset.running === "yes";
async function look() {
  const response = await fetch(building.dataset.from, { headers: { "X-Desk": "fragment" } }).catch(() => null);
  if (response?.ok) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    building.replaceChildren(page.getElementById("fragment"));
    if (!running()) return location.reload();
  } else if (response?.status === 401) return;
  setTimeout(look, 1500);
}
if (running()) setTimeout(look, 700);
