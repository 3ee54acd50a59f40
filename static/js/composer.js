// The composer beyond its form: the preview, quoting, discarding with undo, and the seconds until a
// reply goes out. Without this file the same buttons post as they are. Files: composer-files.js.
const words = document.getElementById("words")?.dataset ?? {};
const composer = () => document.getElementById("composer");
const body = () => composer()?.elements.body;
const touched = () => body().dispatchEvent(new Event("input", { bubbles: true }));
const toast = (text, level = "") => document.dispatchEvent(new CustomEvent("beeline:toast", { detail: { text, level } }));

function insert(text) {
  const field = body();
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  touched();
}

/** The answer, or null where nothing reached the server. */
async function ask(address, method, data) {
  const headers = { "X-CSRFToken": composer().elements.csrfmiddlewaretoken?.value ?? "", "HX-Request": "true" };
  return fetch(address, { method, body: data, headers }).catch(() => null);
}

async function discard(button) {
  const form = composer();
  const text = body().value;
  const answer = await ask(button.formAction, "DELETE");
  if (!answer?.ok) return toast(words.offline, "error");
  form.querySelector("auto-save").clear();
  body().value = "";
  const files = [...form.querySelector("[data-waiting]").children];
  for (const one of files) one.remove();
  form.querySelector("auto-save").sent = false;
  undoable((await answer.json()).said, async () => {
    await ask(button.formAction, "POST", new URLSearchParams({ restore: "1", json: "1" }));
    body().value = text;
    composer().querySelector("[data-waiting]").append(...files);
    touched();
    body().focus();
  });
}

function undoable(text, back) {
  const box = Object.assign(document.createElement("div"), { className: "toast" });
  const undo = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: words.undo });
  undo.dataset.size = "s";
  undo.onclick = () => { box.remove(); back(); };
  box.append(Object.assign(document.createElement("span"), { textContent: text }), undo);
  document.querySelector(".toasts")?.append(box);
  setTimeout(() => box.matches(":hover, :focus-within") || box.remove(), 15_000);
}

async function preview(button) {
  const place = document.getElementById("preview");
  if (place.childElementCount) return place.replaceChildren();
  const answer = await ask(button.formAction, "POST", new FormData(composer()));
  if (answer?.ok) place.innerHTML = await answer.text(); // the server's own safe HTML
}

function quote(entry) {
  const chosen = getSelection();
  const said = entry.querySelector(".text");
  const text = said.contains(chosen?.anchorNode) && String(chosen).trim() ? String(chosen) : said.innerText;
  const field = body();
  const lead = field.value.trim() ? "\n\n" : "";
  field.setSelectionRange(field.value.length, field.value.length);
  insert(`${lead}${text.trim().split("\n").map((line) => `> ${line}`).join("\n")}\n\n`);
}

document.addEventListener("click", (event) => {
  const on = (what) => event.target.closest?.(what);
  const button = on("[data-discard], [data-preview]");
  if (button) {
    event.preventDefault();
    button.matches("[data-discard]") ? discard(button) : preview(button);
  } else if (on("[data-quote]")) {
    event.preventDefault();
    const entries = [...document.querySelectorAll("#timeline .entry:has(.said)")];
    quote(on(".entry") ?? entries.at(-1));
  }
});

/* Seconds until a reply goes out; once it is over the page asks what became of it. */
setInterval(() => {
  for (const el of document.querySelectorAll("[data-goes-out]")) {
    const left = Math.ceil((new Date(el.dataset.goesOut) - Date.now()) / 1000);
    el.textContent = el.textContent.replace(/\d+/, Math.max(left, 0));
    if (left < -1 && !(left % 3)) document.dispatchEvent(new CustomEvent("beeline:refresh", { detail: {} }));
  }
}, 1000);
