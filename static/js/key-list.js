// <key-list> around items with data-row: j and k move, Enter opens the link with data-main, and a single
// letter presses what carries it as data-rowkey in the row where we are. Works without: all are buttons.
const wish = { off: false, map: {}, ...JSON.parse(document.body.dataset.keys || "{}") };

class KeyList extends HTMLElement {
  connectedCallback() {
    this.told = (event) => this.hear(event);
    this.pressed = (event) => this.press(event);
    document.addEventListener("beeline:key", this.told);
    document.addEventListener("keydown", this.pressed);
  }

  disconnectedCallback() {
    document.removeEventListener("beeline:key", this.told);
    document.removeEventListener("keydown", this.pressed);
  }

  get rows() { return [...this.querySelectorAll("[data-row]")]; }
  get current() { return document.activeElement?.closest?.("[data-row]") ?? this.querySelector("[data-row][data-here]"); }

  hear(event) {
    const { name } = event.detail;
    if (name === "next" || name === "previous") {
      const place = this.rows.indexOf(this.current);
      const step = place < 0 ? 0 : place + (name === "next" ? 1 : -1);
      this.go(this.rows[Math.max(0, Math.min(step, this.rows.length - 1))]);
      event.preventDefault();
    } else if (name === "open" && this.current) {
      this.current.querySelector("[data-main]")?.click();
      event.preventDefault();
    }
  }

  go(row) {
    if (!row) return;
    for (const one of this.rows) one.toggleAttribute("data-here", one === row);
    row.querySelector("[data-main], a, button, input")?.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || wish.off) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select")) return;
    const holder = this.current?.querySelector(`[data-rowkey="${CSS.escape(event.key)}"]`);
    if (!holder) return;
    event.preventDefault();
    holder.click();
    if (holder.matches("[type=radio]")) this.go(this.rows[this.rows.indexOf(this.current) + 1] ?? this.current);
  }
}

customElements.define("key-list", KeyList);
