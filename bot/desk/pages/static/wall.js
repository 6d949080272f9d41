// The wallboard fills the screen where the browser lets it.

const button = document.getElementById("whole");
button.hidden = !document.fullscreenEnabled;
button.addEventListener("click", () => document.documentElement.requestFullscreen());
document.addEventListener("fullscreenchange", () => { button.hidden = Boolean(document.fullscreenElement); });
