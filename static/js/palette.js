// <command-palette>: Ctrl K or Cmd K. A combobox whose list the server answers; recent tickets
// are remembered on this device as numbers only, and looked up by the server each time.
const RECENT = `beeline-recent-${document.body.dataset.user}`;
const MOST = 8;
const onTicket = () =>
  location.pathname.match(/\/([A-Z]{3}-\d+)\/$/)?.[1] ??
  document.querySelector(".row[aria-current]")?.id.replace("row-", "") ?? "";

function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => /^[A-Z]{3}-\d+$/.test(one)) : [];
  } catch { return []; }
}

function remember() {
  const number = location.pathname.match(/\/([A-Z]{3}-\d+)\/$/)?.[1];
  if (!number || !document.body.dataset.user) return;
  try {
    const all = [number, ...recent().filter((one) => one !== number)];
    localStorage.setItem(RECENT, JSON.stringify(all.slice(0, MOST)));
  } catch { /* storage is full or forbidden: the palette offers one's own tickets */ }
}

class CommandPalette extends HTMLElement {
  connectedCallback() {
    this.dialog = this.closest("dialog");
    this.input = this.querySelector("input");
    this.list = this.querySelector("[role=listbox]");
    this.status = this.querySelector("[role=status]");
    this.input.addEventListener("input", () => this.later());
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("pointermove", (event) => this.mark(event.target.closest("[role=option]"), false));
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.take(option);
    });
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    document.addEventListener("keydown", (event) => this.onAnyKey(event), true);
    document.addEventListener("click", (event) => event.target.closest("[data-palette]") && this.open());
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get chosen() { return this.list.querySelector("[aria-selected=true]"); }

  // Ctrl alone asks already, so that the list is there when K follows.
  onAnyKey(event) {
    if ((event.key === "Control" || event.key === "Meta") && !event.repeat && !this.dialog.open && !this.fresh()) this.ask("");
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    event.stopPropagation();
    if (this.dialog.open) this.dialog.close();
    else this.open();
  }

  fresh() { return this.shown === "" && Date.now() - this.asked < 20000; }

  open() {
    this.input.value = "";
    if (!this.dialog.open) this.dialog.showModal();
    this.input.focus();
    if (this.fresh()) this.mark(this.options[0]);
    else this.ask("");
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(this.input.value.trim()), 90);
  }

  async ask(q) {
    this.asking?.abort();
    this.asking = new AbortController();
    const asked = new URLSearchParams({ q, on: onTicket(), recent: recent().join(",") });
    try {
      const answer = await fetch(`${this.dataset.url}?${asked}`, { signal: this.asking.signal });
      if (answer.status === 401 || answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      this.list.innerHTML = await answer.text();
      this.shown = q;
      this.asked = Date.now();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.list.replaceChildren();
      this.shown = q;
      this.asked = 0;
    }
    const options = this.options;
    this.status.textContent = options.length ? "" : this.dataset.none;
    this.mark(options[0]);
    if (this.wanted) this.take(this.chosen);
  }

  onKey(event) {
    const options = this.options, at = options.indexOf(this.chosen);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      const wraps = Math.abs(step) === 1;
      const to = wraps ? (at + step + options.length) % options.length : Math.min(Math.max(at + step, 0), options.length - 1);
      this.mark(options[to]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      if (this.shown === this.input.value.trim()) this.take(this.chosen);
      else { this.wanted = true; clearTimeout(this.timer); this.ask(this.input.value.trim()); }
    }
  }

  mark(option, scroll = true) {
    if (!option || option === this.chosen) return;
    this.chosen?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    if (scroll) option.scrollIntoView({ block: "nearest" });
  }

  // A verb is pressed where it stands on the page; else its form comes as a dialog or a page.
  take(option) {
    this.wanted = false;
    if (!option) {
      location.href = `${this.dataset.search}?${new URLSearchParams({ q: this.input.value })}`;
      return;
    }
    if (option.getAttribute("aria-disabled")) return;
    const { paletteVerb: verb } = option.dataset;
    this.dialog.close();
    this.shown = undefined; // what can be done may have changed
    const held = verb && document.querySelector(`main [data-verb="${CSS.escape(verb)}"]`);
    if (!held && !verb) location.href = option.href;
    else if (held?.matches("label, input, textarea")) (held.control ?? held).focus();
    else if (held) held.click();
    else if (window.htmx) window.htmx.ajax("GET", option.getAttribute("href"), { target: "#dialog" });
    else location.href = option.href;
  }
}

remember();
customElements.define("command-palette", CommandPalette);
