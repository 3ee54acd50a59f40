// <queue-list data-pane="pane">: j and k move, Enter opens, t takes in place; a
// click shows the ticket in the pane where there is one, the second opens it. Rows never jump: what
// changed is redrawn where it stands. Selecting: queue-picks.js. Without this every row is a link.

class QueueList extends HTMLElement {
  connectedCallback() {
    this.listen(this, "beeline:key", (event) => this.onKey(event));
    this.listen(this, "click", (event) => this.onClick(event));
    this.listen(document, "click", (event) => this.onVerb(event));
    this.listen(document, "submit", (event) => this.onSubmit(event), true); // before htmx hears it
    this.listen(document, "beeline:changed", (event) => this.onChange(event.detail.number));
    this.begin();
  }

  disconnectedCallback() {
    this.ears.forEach(([target, ...ear]) => target.removeEventListener(...ear));
    this.ears = [];
    clearTimeout(this.waiting);
  }

  listen(target, name, ear, early = false) {
    target.addEventListener(name, ear, early);
    (this.ears ??= []).push([target, name, ear, early]);
  }

  /** The ticket in the address, else the first: shown beside the list where there is room. */
  begin() {
    const open = new URL(location.href).searchParams.get("open");
    const row = (open && document.getElementById(`row-${open}`)) || this.rows[0];
    if (!row || !this.pane) return;
    row.setAttribute("aria-current", "true");
    if (open) row.scrollIntoView({ block: "nearest" });
    this.show(row, false);
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
      case "open": if (row) location.assign(title(row).href); break;
      default: return;
    }
    event.preventDefault();
  }

  onClick(event) {
    const link = event.target.closest("a.title");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || !this.pane) return;
    const row = link.closest(".row");
    if (row === this.current) return; // the second click follows the link
    event.preventDefault();
    this.moveTo(row, 0);
  }

  /** Make a row the current one, keep it in view, and show it a breath later. */
  moveTo(row, pause = 150) {
    if (!row || (row === this.current && row.contains(document.activeElement))) return;
    const same = row === this.current;
    this.current?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    title(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    if (same) return;
    // until the pane shows this ticket, a key must not press the last one's buttons
    if (this.pane) globalThis.htmx?.trigger(this.pane, "htmx:abort");
    this.pane?.querySelectorAll("[data-key]").forEach((el) => el.removeAttribute("data-key"));
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.show(row), pause);
  }

  show(row, remember = true) {
    if (remember) {
      const address = new URL(location.href);
      address.searchParams.set("open", number(row));
      history.replaceState(history.state, "", address);
    }
    clearTimeout(this.waiting);
    if (!this.pane || !globalThis.htmx) return;
    htmx.trigger(this.pane, "htmx:abort"); // nobody waits for the ticket that was asked for before
    return htmx.ajax("GET", `${title(row).href}?pane=1`, { target: this.pane, swap: "innerHTML scroll:top", source: this.pane })?.catch(() => {});
  }

  /** The verbs under the list act on the current row: in place, or in the shared dialog. */
  onVerb(event) {
    const verb = event.target.closest("[data-do]")?.dataset.do;
    const row = verb && (this.current ?? this.rows[0]);
    if (!row) return;
    const base = title(row).href;
    if (verb === "take") return this.take(row);
    if (verb === "reply") return; // queue-reply.js
    const form = verb === "why" ? `/queue/why/${number(row)}/` : `${base}do/${verb}/`;
    htmx.ajax("GET", form, { target: "#dialog", swap: "innerHTML", source: this });
  }

  /** "Take" in the pane does what the key does: the list stays. */
  onSubmit(event) {
    const taken = this.pane?.contains(event.target) && /\/([A-Z]+-\d+)\/do\/take\/$/.exec(event.target.action);
    const row = taken && document.getElementById(`row-${taken[1]}`);
    if (!row) return;
    event.preventDefault();
    event.stopPropagation();
    this.take(row);
  }

  async take(row) {
    await htmx.ajax("POST", `/queue/take/${number(row)}/`, { target: row, swap: "none", source: row });
    await this.redraw([number(row)]);
    if (this.current && number(this.current) === number(row)) this.show(this.current, false);
  }

  /** A verb was done in the dialog or the pane: that line, and the pane, are old now. */
  async onChange(changed) {
    const shown = this.current && number(this.current) === changed;
    const lost = !document.activeElement || document.activeElement.matches("body, #dialog, #dialog *, #reply *");
    await this.redraw([changed]);
    if (shown) await this.show(this.current, false);
    if (lost && this.current && !document.querySelector("dialog[open]")) title(this.current).focus({ preventScroll: true });
  }

  /** Draw lines anew where they stand; what was marked, chosen or focused stays so. */
  async redraw(numbers) {
    if (!numbers.length) return;
    const asked = [...numbers.map((n) => `t=${encodeURIComponent(n)}`), `columns=${this.dataset.columns ?? ""}`].join("&");
    const answer = await fetch(`/queue/rows/?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const drawn = new DOMParser().parseFromString(`<ol>${await answer.text()}</ol>`, "text/html");
    for (const fresh of drawn.querySelectorAll(".row")) {
      const old = document.getElementById(fresh.id);
      if (!old) continue;
      const [chosen, focused] = [old.querySelector("input.check")?.checked, old.contains(document.activeElement)];
      if (old.hasAttribute("aria-current")) fresh.setAttribute("aria-current", "true");
      if (chosen) fresh.querySelector("input.check").checked = true;
      old.replaceWith(document.adoptNode(fresh));
      if (focused) title(document.getElementById(fresh.id)).focus({ preventScroll: true });
    }
  }
}

const title = (row) => row.querySelector(".title");
const number = (row) => row.id.replace("row-", "");

customElements.define("queue-list", QueueList);
