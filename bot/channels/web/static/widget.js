// Puts the chat into any shop: <script src="https://the-chat-server/widget.js" defer></script>
// Optional: data-language="en|zh" (else the page's), data-colour="#1f4d43", data-proof="…": a link's
// token for the customer who is logged in to the shop, made by `bot customer link` for this page.
// data-side="left" and data-bottom="80" (pixels) say where its button stands. On a phone the button
// goes out of the way of what can be pressed under it. An element with data-deskhand-open opens the
// chat, too; one with data-deskhand-suggest="SKU" shows what goes with that product. Of the page
// around it, it looks at where such things are, and reads nothing; the chat is told the page's
// address, without what stands behind ? and #, for the person who helps.

(() => {
  const NAME = "deskhand-chat";
  const OPEN = "deskhand:open"; // in this tab: a reload, or the shop's next page, finds it as it was
  const USED = "deskhand:used"; // the shopper had the chat open before: load it, for unread answers
  const script = document.currentScript;
  if (!script || document.querySelector(NAME)) return;
  const origin = new URL(script.src).origin;
  const spoken = script.dataset.language || document.documentElement.lang || navigator.language || "en";
  const language = spoken.toLowerCase().startsWith("zh") ? "zh" : "en";
  const texts = "__TEXTS__"[language];
  const proof = /^[\w-]{1,64}$/.test(script.dataset.proof ?? "") ? script.dataset.proof : "";
  delete script.dataset.proof;
  const colour = /^#[0-9a-f]{6}$/i.test(script.dataset.colour ?? "") ? script.dataset.colour : null;

  const left = script.dataset.side === "left";
  const raised = Math.min(Math.max(Number.parseInt(script.dataset.bottom ?? "20", 10) || 0, 0), 400);
  const SIZE = 60, GAP = 12;
  const PRESSED = 'button, input, select, textarea, summary, label, a[href], [role="button"]';

  const STYLE = `
    :host { all: initial; }
    button {
      position: fixed; ${left ? "left" : "right"}: max(20px, env(safe-area-inset-${left ? "left" : "right"}));
      bottom: calc(max(${raised}px, env(safe-area-inset-bottom)) + var(--step, 0px));
      z-index: 2147483001; display: grid; place-items: center; width: ${SIZE}px; height: ${SIZE}px; margin: 0; padding: 0;
      border: 0; border-radius: 50%; background: var(--brand, #1f4d43); color: var(--on-brand, #fff);
      box-shadow: 0 6px 22px rgb(10 30 26 / .32); cursor: pointer; transition: transform .18s ease, bottom .18s ease;
    }
    button:hover { transform: translateY(-2px) scale(1.03); }
    button:focus-visible { outline: 3px solid #fff; outline-offset: -6px; box-shadow: 0 0 0 4px var(--brand, #1f4d43); }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
    button[aria-expanded="true"] .talk, button[aria-expanded="false"] .shut { display: none; }
    .badge {
      position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; box-sizing: border-box;
      border: 2px solid #fff; border-radius: 11px; background: #b3261e; color: #fff; font: 700 12px/18px system-ui, sans-serif;
    }
    [hidden] { display: none !important; }
    .panel {
      position: fixed; ${left ? "left" : "right"}: 20px; bottom: ${raised + SIZE + 16}px; z-index: 2147483000; width: 408px; max-width: calc(100vw - 40px);
      height: min(760px, calc(100vh - ${raised + 100}px)); overflow: hidden; border-radius: 22px; background: #faf7f2;
      box-shadow: 0 18px 60px rgb(10 30 26 / .28), 0 2px 8px rgb(10 30 26 / .12); animation: rise .22s ease-out;
    }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @keyframes rise { from { opacity: 0; transform: translateY(14px); } }
    @media (prefers-color-scheme: dark) { .panel { background: #151c1b; } }
    @media (max-width: 560px), (max-height: 440px) {
      .panel { inset: 0; width: 100%; max-width: none; height: 100%; height: 100dvh; border-radius: 0; }
      button[aria-expanded="true"] { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { .panel { animation: none; } button { transition: none; } }
  `;

  const host = document.createElement(NAME);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const panel = document.createElement("div");
  panel.className = "panel";
  panel.id = "panel";
  panel.hidden = true;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", texts.frame);

  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.setAttribute("aria-controls", "panel");
  launcher.append(
    icon("talk", "M4.500 5.500h15v10.500h-8.500l-4.500 3.800v-3.800h-2zM8.500 9.300h7M8.500 12.300h4.500"),
    icon("shut", "M6 9l6 6 6-6"),
  );
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  launcher.append(badge);
  root.append(panel, launcher);

  let frame = null;
  let returnTo = launcher;
  let unread = 0;
  let open = false;

  function icon(name, path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.classList.add(name);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = texts.frame;
    frame.src = `${origin}/chat?lang=${language}${colour ? `&colour=${encodeURIComponent(colour)}` : ""}${proof ? `#proof=${proof}` : ""}`;
    panel.append(frame);
  }

  function tell() {
    frame?.contentWindow?.postMessage({ deskhand: open ? "open" : "closed", page: location.origin + location.pathname }, origin);
  }

  function label() {
    const count = open ? 0 : unread;
    badge.hidden = !count;
    badge.textContent = count > 9 ? "9+" : String(count);
    const name = open ? texts.close : texts.open;
    const news = count ? `, ${texts.unread.replace("{count}", count)}` : "";
    launcher.setAttribute("aria-label", name + news);
    launcher.setAttribute("aria-expanded", String(open));
  }

  function keep(name, value, storage) {
    try {
      storage().setItem(name, value);
    } catch {
      // Without storage the chat is simply loaded when it is opened.
    }
  }

  function kept(name, storage) {
    try {
      return storage().getItem(name) === "1";
    } catch {
      return false;
    }
  }

  function show(opener, focus = true) {
    load();
    open = true;
    keep(OPEN, "1", () => sessionStorage);
    returnTo = opener ?? launcher;
    panel.hidden = false;
    keep(USED, "1", () => localStorage);
    label();
    if (focus) frame.focus();
    tell();
  }

  function hide() {
    if (!open) return;
    open = false;
    keep(OPEN, "", () => sessionStorage);
    panel.hidden = true;
    label();
    tell();
    returnTo.focus();
  }

  function paint() {
    if (!colour) return;
    const value = Number.parseInt(colour.slice(1), 16);
    const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255].map((part) => (part / 255) ** 2.2);
    host.style.setProperty("--brand", colour);
    host.style.setProperty("--on-brand", 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#111" : "#fff");
  }

  // On a phone: the lowest place, from the bottom to the middle, where nothing is covered that can be
  // pressed; its own where there is none.
  const phone = matchMedia("(max-width: 560px)");
  function makeWay() {
    const box = launcher.getBoundingClientRect();
    if (open || !box.width) return;
    const now = Number.parseInt(host.style.getPropertyValue("--step"), 10) || 0;
    const lowest = innerHeight - raised - SIZE;
    let step = 0;
    if (phone.matches) {
      while (step < innerHeight / 2 && covers(box.left, lowest - step)) step += SIZE / 2 + GAP;
      if (step >= innerHeight / 2) step = 0;
    }
    if (step !== now) host.style.setProperty("--step", `${step}px`);
  }
  function covers(x, y) {
    for (const across of [0, SIZE / 2, SIZE]) {
      for (const down of [-GAP / 2, SIZE / 2, SIZE + GAP / 2]) {
        const under = document.elementsFromPoint(x + across, y + down).find((element) => element !== host);
        if (under?.closest(PRESSED)) return true;
      }
    }
    return false;
  }
  let settling = 0;
  for (const name of ["scroll", "resize", "load", "click"]) {
    addEventListener(name, () => { clearTimeout(settling); settling = setTimeout(makeWay, 150); }, { passive: true });
  }

  launcher.addEventListener("click", () => (open ? hide() : show()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element && event.target.closest("[data-deskhand-open]");
    if (opener) show(opener);
  });
  window.addEventListener("message", (event) => {
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
    const said = event.data?.deskhand;
    if (said === "ready") tell();
    else if (said === "close") hide();
    else if (said === "unread" && Number.isInteger(event.data.count)) {
      unread = event.data.count;
      label();
    }
  });

  // What goes with a product, where the page leaves a place for it; without an answer the place
  // stays empty.
  const STRIP = `
    :host { display: block; }
    section { font-size: 15px; line-height: 1.45; text-align: start; }
    h2 { margin: 0 0 10px; font-size: 17px; font-weight: 600; }
    ul { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(190px, 100%), 1fr)); gap: 12px; margin: 0; padding: 0; list-style: none; }
    li { padding: 14px 16px; border: 1px solid rgb(120 120 110 / .28); border-radius: 14px; }
    a { color: inherit; font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
    b, img { display: block; } img { width: 100%; max-height: 160px; margin-bottom: 8px; border-radius: 8px; object-fit: cover; }
    p { margin: 4px 0 0; } .why { opacity: .78; font-size: 14px; }
  `;
  async function suggest(place) {
    const address = `${origin}/api/suggestions?sku=${encodeURIComponent(place.dataset.deskhandSuggest)}&lang=${language}`;
    const answer = await fetch(address, { credentials: "omit" }).catch(() => null);
    const said = answer?.ok ? await answer.json().catch(() => null) : null;
    if (!said?.suggestions?.length || place.shadowRoot) return;
    const strip = place.attachShadow({ mode: "open" });
    const look = new CSSStyleSheet();
    look.replaceSync(STRIP);
    strip.adoptedStyleSheets = [look];
    const section = document.createElement("section");
    const list = document.createElement("ul");
    section.append(words("h2", said.title), list);
    for (const one of said.suggestions) {
      const item = document.createElement("li");
      if (/^https:/.test(one.image)) item.append(Object.assign(document.createElement("img"), { src: one.image, alt: "", loading: "lazy" }));
      const name = words(/^https?:/.test(one.url) ? "a" : "b", one.name);
      if (name.localName === "a") name.href = one.url;
      item.append(name, words("p", one.price), words("p", one.why, "why"));
      list.append(item);
    }
    strip.append(section);
  }
  function words(kind, text, look = "") {
    return Object.assign(document.createElement(kind), { textContent: text, className: look });
  }
  for (const place of document.querySelectorAll("[data-deskhand-suggest]")) suggest(place);

  paint();
  label();
  document.body.append(host);
  makeWay();
  if (kept(OPEN, () => sessionStorage)) show(launcher, false);
  else if (kept(USED, () => localStorage)) load();
})();
