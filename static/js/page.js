// What every page needs beside htmx: the CSRF header, dialogs, toasts, menus that close.
const words = document.getElementById("words")?.dataset ?? {};
const dialog = document.getElementById("dialog");
const toasts = document.querySelector(".toasts");

function csrf() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ??
    document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

function toast(text, level = "") {
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.level = level;
  const said = document.createElement("span");
  said.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.close = "";
  close.className = "icon";
  close.dataset.size = "s";
  close.ariaLabel = words.close;
  close.textContent = "×";
  box.append(said, close);
  toasts?.append(box);
  leaveLater(box);
}

// A toast stays while it is looked at, and never holds what must be read.
function leaveLater(box) {
  if (box.dataset.level === "error") return;
  setTimeout(() => (box.matches(":hover, :focus-within") ? leaveLater(box) : box.remove()), 8000);
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
});

// A form that arrives for the shared dialog opens it; an answer without content closes it.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog) return;
  if (!dialog.innerHTML.trim()) return dialog.close();
  const title = dialog.querySelector("h2");
  if (title) dialog.setAttribute("aria-label", title.textContent);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[aria-invalid=true], [autofocus], textarea, select, input:not([type=hidden])")?.focus();
});
document.addEventListener("beeline:close", () => dialog?.close());
document.addEventListener("beeline:toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.level));
for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failed, () => toast(words.offline, "error"));
}

document.addEventListener("click", (event) => {
  const closes = event.target.closest("[data-close]");
  if (closes) (closes.closest("dialog") ?? closes.closest(".toast"))?.[closes.closest("dialog") ? "close" : "remove"]();
  const opens = event.target.closest("[commandfor]");
  if (opens && !("commandForElement" in HTMLButtonElement.prototype)) {
    document.getElementById(opens.getAttribute("commandfor"))?.showModal();
  }
  for (const edit of document.querySelectorAll("details.edit[open]")) {
    if (!edit.contains(event.target)) edit.open = false;
  }
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.edit[open]")) {
    event.target.querySelector("form :is(select, textarea, input:not([type=hidden]))")?.focus();
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  if (event.key === "Escape") {
    const edit = event.target.closest?.("details.edit[open]");
    if (edit) { edit.open = false; edit.querySelector("summary").focus(); }
  }
});

const section = document.querySelector(".sections [aria-current]");
if (section) {
  const nav = section.closest(".sections");
  nav.scrollTop = section.offsetTop - nav.offsetTop - nav.clientHeight / 2;
}
// Where we are among tabs that do not all fit.
for (const tabs of document.querySelectorAll(".tabs, .ptop nav")) {
  const here = tabs.querySelector("[aria-current]");
  if (here && tabs.scrollWidth > tabs.clientWidth) {
    tabs.scrollLeft = here.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;
  }
}

// A page that comes back with faults begins at the first of them.
document.querySelector("main [aria-invalid=true]")?.focus();

toasts?.querySelectorAll(".toast").forEach(leaveLater);
