// <queue-list data-pane="pane">: j and k move, Enter opens, x selects; a click shows the ticket
// in the pane where there is one, the second click opens it. Rows never jump: what is new waits
// in the pill until it is asked for. Without this script every row is a plain link.
class QueueList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("beeline:key", (event) => this.onKey(event));
    this.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("beeline:tickets", (this.onNews = (event) => this.news(event.detail)));
    this.seen = new Set();
  }

  disconnectedCallback() {
    document.removeEventListener("beeline:tickets", this.onNews);
    clearTimeout(this.waiting);
  }

  get rows() { return [...this.querySelectorAll(".row")]; }
  get current() { return this.querySelector(".row[aria-current]"); }
  get pane() {
    const pane = document.getElementById(this.dataset.pane);
    return pane?.checkVisibility() ? pane : null;
  }

  onKey(event) {
    const row = this.current;
    const rows = this.rows;
    const at = rows.indexOf(row);
    switch (event.detail.name) {
      case "next": this.moveTo(rows[Math.min(at + 1, rows.length - 1)]); break;
      case "previous": this.moveTo(rows[Math.max(at - 1, 0)]); break;
      case "open": if (row) location.assign(row.querySelector(".title").href); break;
      case "select": row?.querySelector("input.check")?.click(); break;
      default: return;
    }
    event.preventDefault();
  }

  onClick(event) {
    const title = event.target.closest("a.title");
    if (!title || event.button || event.metaKey || event.ctrlKey || event.shiftKey || !this.pane) return;
    const row = title.closest(".row");
    if (row === this.current) return; // the second click follows the link
    event.preventDefault();
    this.moveTo(row, 0);
  }

  /** Make a row the current one, keep it in view, and show it a breath later. */
  moveTo(row, pause = 150) {
    if (!row || row === this.current) return;
    this.current?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.querySelector(".title").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.show(row), pause);
  }

  async show(row) {
    const pane = this.pane;
    const link = row.querySelector(".title").href;
    const address = new URL(location.href);
    address.searchParams.set("open", row.id.replace("row-", ""));
    history.replaceState(history.state, "", address);
    if (!pane || !globalThis.htmx) return;
    await htmx.ajax("GET", link, { target: pane, swap: "innerHTML scroll:top", source: this });
    row.dataset.read = "";
  }

  /** Tickets changed elsewhere: count the unknown ones into the pill, mark the known ones. */
  news({ ids = [] }) {
    const pill = document.querySelector(".fresh");
    for (const id of ids) {
      const row = document.getElementById(`row-${id}`);
      if (row) row.dataset.stale = "";
      else this.seen.add(id);
    }
    if (!pill || !this.seen.size) return;
    pill.hidden = false;
    pill.querySelector("span").textContent =
      document.getElementById("words").dataset.new.replace("{n}", this.seen.size);
  }
}

customElements.define("queue-list", QueueList);
