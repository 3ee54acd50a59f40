// What the composer offers while one types: people and teams behind @, ready answers behind / at the
// start of a line, or from the Templates link. Arrow keys choose, Enter or Tab takes, Escape leaves.
const words = document.getElementById("words")?.dataset ?? {};
const composer = () => document.getElementById("composer");
const body = () => composer()?.elements.body;
const KINDS = [
  { sign: /(?:^|[\s(])@([\p{L}\d._-]{0,40})$/u, path: "names/", from: 1 },
  { sign: /(?:^|\n)\/([^\n/]{0,40})$/u, path: "replies/", from: 1 },
];
let box = null, found = [], at = 0, asked = 0, current = null;

function close() {
  asked += 1; // an answer that is still on its way opens nothing
  box?.remove();
  box = current = null;
  body()?.removeAttribute("aria-activedescendant");
}

function draw() {
  if (!box) {
    box = Object.assign(document.createElement("div"), { className: "offers", id: "offers" });
    box.setAttribute("role", "listbox");
    box.setAttribute("aria-label", words.offers);
    composer().prepend(box);
  }
  const options = found.map((offer, n) => {
    const option = Object.assign(document.createElement("button"), { type: "button", id: `offer-${n}`, tabIndex: -1 });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(n === at));
    const name = Object.assign(document.createElement("b"), { textContent: offer.name });
    const note = Object.assign(document.createElement("span"), { className: "small quiet trim", textContent: [offer.note, offer.says].filter(Boolean).join(" · ") });
    option.append(name, note);
    option.onmousedown = (event) => { event.preventDefault(); take(n); };
    return option;
  });
  const search = box.querySelector("input"); // stays where it is, or it would lose the focus
  for (const old of [...box.children]) if (old !== search) old.remove();
  box.append(...options);
  if (!options.length) box.append(Object.assign(document.createElement("p"), { className: "small quiet", textContent: current?.hint || words.nothing }));
  const field = search ?? body();
  field.setAttribute("aria-controls", "offers");
  if (options.length) field.setAttribute("aria-activedescendant", `offer-${at}`);
  box.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

async function ask(path, q) {
  const mine = ++asked;
  const address = composer().action.replace(/do\/comment\/$/, path);
  const answer = await fetch(`${address}?json=1&q=${encodeURIComponent(q)}`).catch(() => null);
  if (mine !== asked || !answer?.ok) return false;
  found = (await answer.json()).offers;
  at = 0;
  return true;
}

async function look() {
  const field = body();
  const before = field.value.slice(0, field.selectionStart);
  for (const kind of KINDS) {
    const match = kind.sign.exec(before);
    if (!match) continue;
    const start = field.selectionStart - match[1].length - kind.from;
    if (!(await ask(kind.path, match[1]))) return;
    if (!found.length) return close();
    current = { start };
    return draw();
  }
  if (box && !box.contains(document.activeElement)) close();
}

function take(n) {
  const field = body();
  const start = current?.start ?? field.selectionStart;
  field.focus();
  field.setRangeText(found[n].put, start, field.selectionStart, "end");
  close();
  const gap = field.value.indexOf("⟨");
  if (gap >= 0) field.setSelectionRange(gap, field.value.indexOf("⟩", gap) + 1); // what is missing, to be typed over
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The Templates link: the same list with a field to search in. */
async function open() {
  close();
  if (!(await ask("replies/", ""))) return;
  current = { start: body().selectionStart, hint: found.length ? "" : words.noTemplates };
  draw();
  const search = Object.assign(document.createElement("input"), { type: "search", className: "input", placeholder: words.search ?? "" });
  search.setAttribute("aria-label", words.offers);
  search.addEventListener("input", async (event) => { event.stopPropagation(); if (await ask("replies/", search.value)) draw(); });
  box.prepend(search);
  search.focus();
}

document.addEventListener("input", (event) => event.target === body() && look());
document.addEventListener("focusout", (event) => box && !box.contains(event.relatedTarget) && event.relatedTarget !== body() && setTimeout(() => box && !box.contains(document.activeElement) && document.activeElement !== body() && close(), 150));
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-templates]")) return;
  event.preventDefault();
  open();
});
document.addEventListener("keydown", (event) => {
  if (!box || (event.target !== body() && !box.contains(event.target))) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") { close(); body().focus(); }
  else if (step && found.length) { at = (at + step + found.length) % found.length; draw(); }
  else if (["Enter", "Tab"].includes(event.key) && found.length && !event.ctrlKey && !event.metaKey) take(at);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
