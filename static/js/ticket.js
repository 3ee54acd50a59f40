// The open ticket: renews itself when the live channel says that it moved, without touching
// what is being typed.
const page = document.querySelector("[data-ticket]");
const busy = () => Boolean(document.querySelector("#side form:focus-within, .inplace, dialog[open], [popover]:popover-open"));
let waiting = null;

function renew() {
  clearTimeout(waiting);
  if (!globalThis.htmx || !document.contains(page)) return;
  if (busy()) {
    waiting = setTimeout(renew, 3000);
    return;
  }
  const open = [...document.querySelectorAll("#timeline details[open]")].map((el) => el.closest("li").id);
  const show = new URLSearchParams(location.search).get("show");
  htmx.ajax("GET", page.dataset.liveUrl + (show ? `&show=${show}` : ""), { source: page, target: page, swap: "none" }).then(() => {
    for (const id of open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
  });
}

if (page) {
  const mine = (event) => event.detail.ids?.includes(Number(page.dataset.ticket));
  document.addEventListener("beeline:tickets", (event) => mine(event) && renew());
  document.addEventListener("beeline:refresh", renew);
  // What was sent is no draft any more; the field that comes back must not restore it.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target?.id === "reply" && detail.xhr.status < 300) document.querySelector("#reply auto-save")?.clear?.();
  });
  // Escape leaves a fact's form as it was.
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest?.(".inplace");
    if (form) form.querySelector("a.btn")?.click();
  });
  // A fact's form comes in place: focus goes in with it, and back to the fact afterwards.
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const fact = detail.target?.closest?.("[id^=fact-]")?.id;
    const form = fact && document.querySelector(`#${fact} form`);
    if (form) {
      form.querySelector("[aria-invalid=true], select, textarea, input:not([type=hidden])")?.focus();
      page.dataset.fact = fact;
    } else if (page.dataset.fact && document.activeElement === document.body) {
      document.querySelector(`[hx-target="#${page.dataset.fact}"]`)?.focus();
      delete page.dataset.fact;
    }
  });
}
