// <sortable-list data-can> around an <ol> whose items have data-move: an item is dragged, or moved with
// Alt and an arrow while something in it has the focus. The server is told the new place (`to`); where it
// says no the page is asked anew. Without this each item has buttons.

class SortableList extends HTMLElement {
  connectedCallback() {
    if (!this.hasAttribute("data-can")) return;
    for (const item of this.items) item.draggable = true;
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.drag(event));
    this.addEventListener("dragend", () => this.drop());
    this.addEventListener("keydown", (event) => this.press(event));
  }

  get items() { return [...this.querySelectorAll("[data-move]")]; }

  lift(event) {
    this.held = event.target.closest?.("[data-move]");
    this.from = this.items.indexOf(this.held);
    if (this.held) event.dataTransfer.effectAllowed = "move";
  }

  drag(event) {
    const over = event.target.closest("[data-move]");
    if (!this.held) return;
    event.preventDefault();
    if (!over || over === this.held) return;
    const box = over.getBoundingClientRect();
    over[event.clientY > box.top + box.height / 2 ? "after" : "before"](this.held);
  }

  drop() {
    const [item, from] = [this.held, this.from];
    this.held = null;
    if (item && this.items.indexOf(item) !== from) this.tell(item);
  }

  press(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const item = event.target.closest("[data-move]");
    if (!step || !item || !event.altKey) return;
    event.preventDefault();
    const items = this.items;
    const other = items[items.indexOf(item) + step];
    if (!other) return;
    const focus = document.activeElement;
    other[step < 0 ? "before" : "after"](item);
    focus?.focus();
    this.tell(item);
  }

  async tell(item) {
    const body = new URLSearchParams({ to: this.items.indexOf(item) });
    const token = this.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    const answer = await fetch(item.dataset.move, { method: "POST", body, headers }).catch(() => null);
    if (!answer?.ok) return location.reload();
    this.items.forEach((one, n) => this.number(one, n));
    this.dispatchEvent(new CustomEvent("sorted", { bubbles: true })); // pages that show the order elsewhere
  }

  number(item, n) {
    const nth = item.querySelector(".nth");
    if (nth) nth.textContent = n + 1;
    const [up, down] = item.querySelectorAll("[name=to]");
    if (up) up.disabled = n === 0;
    if (down) down.disabled = n === this.items.length - 1;
  }
}

customElements.define("sortable-list", SortableList);
