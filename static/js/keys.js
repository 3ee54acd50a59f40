// The keyboard, one registry. Things with data-key are pressed by that key; the rest goes to
// the page as a "beeline:key" event with the action's name (queue-list.js listens).
// A person's wish stands on <body data-keys>: {"off": bool, "map": {"take": "y"}} (WCAG 2.1.4).
const wish = { off: false, map: {}, ...JSON.parse(document.body.dataset.keys || "{}") };
const words = document.getElementById("words")?.dataset ?? {};
const ACTIONS = {
  next: "j", previous: "k", open: "Enter", select: "x", help: "?",
  select_next: "J", select_previous: "K", select_page: "*", clear: "Escape",
};

const keyOf = (name, otherwise) => wish.map[name] ?? otherwise;
const works = (key) => !(wish.off && key?.length === 1);
const isTyping = (el) => el.isContentEditable ||
  (el.matches("input, textarea, select") && !el.matches("[type=checkbox], [type=radio], [type=button]"));
const isSeen = (el) => el.checkVisibility({ checkVisibilityCSS: true });

/** What carries a key on this page and can be seen. */
function holders() {
  return [...document.querySelectorAll("[data-key]")].filter((el) => isSeen(el) || el.closest("[popover]"));
}

function press(el) {
  const field = el.matches("label") ? el.control : el;
  if (field.matches("input:not([type=radio]), textarea, select")) return field.focus();
  el.click();
  if (el.matches("label")) el.closest("form")?.querySelector("textarea")?.focus();
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key === "?") return;
  const target = event.target;
  if (target.matches && isTyping(target)) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (!works(event.key) || document.querySelector("dialog[open]")) return;
  const holder = holders().find((el) => keyOf(el.dataset.verb, el.dataset.key) === event.key);
  if (holder) {
    event.preventDefault();
    return press(holder);
  }
  const name = Object.keys(ACTIONS).find((action) => keyOf(action, ACTIONS[action]) === event.key);
  if (!name) return;
  if (name === "help") {
    event.preventDefault();
    return help();
  }
  if (name === "open" && target.closest?.("a, button, summary, label")) return;
  const told = new CustomEvent("beeline:key", { bubbles: true, cancelable: true, detail: { name } });
  if (!(document.querySelector("queue-list") ?? document).dispatchEvent(told)) event.preventDefault();
}

/** Every key that does something on this page, in one dialog. */
function help() {
  const dialog = document.getElementById("dialog");
  const list = document.createElement("dl");
  list.className = "keylist";
  const add = (keys, label) => {
    const dt = document.createElement("dt");
    for (const key of keys) dt.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    list.append(dt, Object.assign(document.createElement("dd"), { textContent: label }));
  };
  for (const hint of document.querySelectorAll(".hint:not(dialog .hint)")) {
    const label = [...hint.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("").trim();
    add([...hint.querySelectorAll("kbd")].map((k) => k.textContent), label);
  }
  const seen = new Set();
  for (const el of [...holders(), ...document.querySelectorAll(".bulk [data-key]")]) {
    const key = keyOf(el.dataset.verb, el.dataset.key);
    const said = el.getAttribute("aria-label") ?? [...el.querySelectorAll("span")].map((s) => s.textContent)[0];
    const own = [...el.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("").trim();
    if (!seen.has(key)) add([key], own || said);
    seen.add(key);
  }
  const title = Object.assign(document.createElement("h2"), { textContent: words.keys });
  const header = document.createElement("header");
  header.append(title);
  if (wish.off) header.append(Object.assign(document.createElement("p"), { className: "small quiet", textContent: words.keysOff }));
  const body = document.createElement("div");
  body.append(list);
  const footer = document.createElement("footer");
  const close = Object.assign(document.createElement("button"), { className: "btn", type: "button", textContent: words.close });
  close.dataset.close = "";
  footer.append(close);
  dialog.replaceChildren(header, body, footer);
  dialog.setAttribute("aria-label", words.keys);
  dialog.showModal();
}

/** Buttons show the key that works for this person, or none. */
function relabel(root) {
  for (const hint of root.querySelectorAll(".hint[data-names]")) {
    const names = hint.dataset.names.split(" ");
    hint.querySelectorAll("kbd").forEach((kbd, place) => {
      if (names[place]) kbd.textContent = keyOf(names[place], ACTIONS[names[place]]);
      kbd.hidden = !works(kbd.textContent);
    });
  }
  for (const el of root.querySelectorAll("[data-key]")) {
    const kbd = el.querySelector("kbd") ?? el.parentElement.querySelector(":scope > kbd");
    const key = keyOf(el.dataset.verb, el.dataset.key);
    el.dataset.key = key;
    if (kbd && kbd.textContent.length === 1) kbd.textContent = key;
    if (kbd) kbd.hidden = !works(key) && kbd.textContent.length === 1;
  }
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", (event) => event.target.closest("[data-keys-help]") && help());
document.addEventListener("htmx:afterSettle", (event) => relabel(event.detail.target ?? document));
relabel(document);
