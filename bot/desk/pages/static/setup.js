// "Set up": the widget's colour, name and greeting are seen as they are chosen.

const $ = (id) => document.getElementById(id);
const preview = $("preview");

// Black or white, whichever is easier to read on the colour (as the chat itself does).
function inkOn(colour) {
  const value = Number.parseInt(colour.slice(1), 16);
  const [r, g, b] = [value >> 16, (value >> 8) & 255, value & 255].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}
function paint() {
  const colour = $("colour").value;
  preview.style.setProperty("--brand", colour);
  preview.style.setProperty("--on-brand", inkOn(colour));
  $("snippet-colour").textContent = colour;
}
$("colour").addEventListener("input", paint);
$("shop_name").addEventListener("input", (event) => { $("preview-name").textContent = event.target.value || "Deskhand"; });
const greeting = $(document.documentElement.lang === "en" ? "greeting_en" : "greeting_zh");
greeting.addEventListener("input", () => { $("preview-greeting").textContent = greeting.value; });
paint();
