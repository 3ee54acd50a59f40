// <rank-list data-url data-can> around an <ol> of stories: one is dragged, or moved with Alt and an arrow
// while something in it has the focus. The server is told before which story it now stands, and answers with
// its row. Where it says no, the page is asked anew. Without this each story has a page that moves it.

class RankList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("htmx:afterSwap", () => this.settle());
    if (!this.hasAttribute("data-can")) return;
    this.addEventListener("pointerover", (event) => {
      const item = event.target.closest("[data-number]");
      if (item) item.draggable = true;
    });
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.drag(event));
    this.addEventListener("dragend", () => this.drop());
    this.addEventListener("keydown", (event) => this.press(event));
  }

  get items() { return [...this.querySelectorAll("[data-number]")]; }

  lift(event) {
    this.held = event.target.closest?.("[data-number]");
    if (!this.held) return;
    this.next = this.held.nextElementSibling;
    this.held.dataset.held = "";
    event.dataTransfer.effectAllowed = "move";
  }

  drag(event) {
    const over = event.target.closest("[data-number]");
    if (!this.held) return;
    event.preventDefault();
    if (!over || over === this.held) return;
    const box = over.getBoundingClientRect();
    over[event.clientY > box.top + box.height / 2 ? "after" : "before"](this.held);
  }

  drop() {
    const item = this.held;
    this.held = null;
    if (!item) return;
    delete item.dataset.held;
    if (item.nextElementSibling !== this.next) this.tell(item);
  }

  press(event) {
    const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    const item = event.target.closest("[data-number]");
    if (!step || !item || !event.altKey) return;
    event.preventDefault();
    const other = item[step];
    if (!other?.dataset.number) return;
    other[event.key === "ArrowUp" ? "before" : "after"](item);
    this.tell(item);
  }

  /** One after the other, so that quick keys arrive in the order in which they were pressed. */
  tell(item) {
    item.querySelector("a")?.focus();
    this.last = (this.last ?? Promise.resolve()).then(() => this.send(item));
  }

  async send(item) {
    const next = item.nextElementSibling?.dataset.number;
    const place = next ? { before: next } : { after: item.previousElementSibling?.dataset.number };
    const token = this.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    const address = `${this.dataset.url}${item.dataset.number}/move/`;
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(place), headers }).catch(() => null);
    if (!answer?.ok) return location.reload();
    const box = document.createElement("ol");
    box.innerHTML = await answer.text(); // the server's own row
    const fresh = box.firstElementChild;
    const said = fresh.querySelector("[role=status]");
    this.querySelector("[data-said]").textContent = said?.textContent ?? "";
    const kept = item.contains(document.activeElement) ? document.activeElement.className : null;
    item.querySelector(".meta").replaceWith(fresh.querySelector(".meta"));
    item.querySelector(".meta [role=status]")?.remove();
    if (kept !== null && !item.contains(document.activeElement)) item.querySelector("a")?.focus();
  }

  /** A row that htmx renewed stands where the server says: before another, or at the end. */
  settle() {
    for (const item of this.querySelectorAll("[data-before]")) {
      const other = document.getElementById(item.dataset.before);
      delete item.dataset.before;
      if (other && other !== item.nextElementSibling) other.before(item);
      item.querySelector("a")?.focus();
      item.scrollIntoView({ block: "nearest" });
    }
  }
}

customElements.define("rank-list", RankList);
