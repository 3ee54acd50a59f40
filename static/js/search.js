// The search page. <search-ask>: a field whose filters complete themselves (a combobox with a
// list). <search-hits>: j and k move through what was found, Enter opens it.
class SearchAsk extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.list = this.querySelector("[role=listbox]");
    this.list.id ||= "completions";
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.addEventListener("focusout", () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
    const end = this.input.value.length;
    this.input.setSelectionRange(end, end);
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get chosen() { return this.options.find((option) => option.getAttribute("aria-selected") === "true"); }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), 120);
  }

  // Only what may become a filter is asked for: ordinary words are not completed.
  async ask() {
    const q = this.input.value;
    const last = q.split(" ").pop();
    if (!/^-?[A-Za-z]*(:\S*)?$/.test(last) || !last || this.input.selectionStart < q.length) return this.close();
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const answer = await fetch(`${this.dataset.url}?${new URLSearchParams({ q })}`, { signal: this.asking.signal });
      if (!answer.ok || q !== this.input.value) return;
      this.list.innerHTML = await answer.text();
      this.list.hidden = !this.options.length || document.activeElement !== this.input;
      this.input.setAttribute("aria-expanded", String(!this.list.hidden));
      this.input.removeAttribute("aria-activedescendant");
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  onKey(event) {
    if (this.list.hidden) return;
    const options = this.options, at = options.indexOf(this.chosen);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : at < 0 ? options.length : -1;
      this.mark(options[(at + step + options.length) % options.length]);
    } else if (event.key === "Tab" && !event.shiftKey || event.key === "Enter" && this.chosen) {
      event.preventDefault();
      this.take(this.chosen ?? options[0]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  mark(option) {
    for (const one of this.options) one.setAttribute("aria-selected", String(one === option));
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  take(option) {
    this.input.value = option.dataset.q;
    this.close();
    this.input.focus();
    if (option.dataset.q.endsWith(":")) this.ask();
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

class SearchHits extends HTMLElement {
  connectedCallback() {
    this.told = (event) => this.onKey(event);
    document.addEventListener("beeline:key", this.told);
  }

  disconnectedCallback() { document.removeEventListener("beeline:key", this.told); }

  onKey(event) {
    const links = [...this.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const to = { next: links[at + 1], previous: links[Math.max(at - 1, 0)] }[event.detail.name];
    if (!to && event.detail.name !== "open") return;
    event.preventDefault();
    if (to) {
      to.focus({ preventScroll: true });
      to.scrollIntoView({ block: "nearest" });
    } else (links[at] ?? links[0])?.click();
  }
}

customElements.define("search-ask", SearchAsk);
customElements.define("search-hits", SearchHits);
