// <story-map data-url> around cells of cards: a card is dragged into any cell, or moved with Alt and an arrow
// while it has the focus. The server is told the cell and the card below, and answers which card is below by now;
// where it says no, the page is asked anew. The order of all cards is kept here: ranks change behind a page's back.
// Without this each card has a form.

class StoryMap extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.url) return;
    this.order = [...this.querySelectorAll(".card1")].sort((a, b) => a.dataset.place - b.dataset.place);
    for (const card of this.order) card.draggable = true;
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.drag(event));
    this.addEventListener("drop", (event) => event.preventDefault());
    this.addEventListener("dragend", () => this.release());
    this.addEventListener("keydown", (event) => this.press(event));
  }

  lift(event) {
    this.held = event.target.closest?.(".card1");
    if (!this.held) return;
    this.from = this.place(this.held);
    this.held.dataset.held = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.held.dataset.story);
  }

  drag(event) {
    const cell = event.target.closest(".cell");
    if (!this.held || !cell) return;
    event.preventDefault();
    this.light(cell);
    const below = [...cell.children].find((card) => {
      const box = card.getBoundingClientRect();
      return card !== this.held && event.clientY < box.top + box.height / 2;
    });
    const isThere = this.held.parentElement === cell && this.held.nextElementSibling === (below ?? null);
    if (!isThere) cell.insertBefore(this.held, below ?? null);
  }

  release() {
    const card = this.held;
    this.held = null;
    this.light(null);
    if (!card) return;
    delete card.dataset.held;
    if (this.place(card) !== this.from) this.tell(card);
  }

  light(cell) {
    if (this.lit === cell) return;
    this.lit?.removeAttribute("data-over");
    cell?.setAttribute("data-over", "");
    this.lit = cell;
  }

  place(card) {
    const cell = card.parentElement;
    return [cell.parentElement.dataset.activity, cell.dataset.increment, card.nextElementSibling?.id ?? ""].join("/");
  }

  press(event) {
    const card = event.target.closest(".card1");
    if (!card || !event.altKey || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const focus = document.activeElement;
    const from = card.parentElement;
    if (!this.step(card, event.key)) return;
    focus?.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.tell(card, card.parentElement === from);
  }

  /** One step that way: across to the same row, or past a neighbour and then into the next row. */
  step(card, key) {
    const cell = card.parentElement;
    const column = cell.parentElement;
    const cells = [...column.querySelectorAll(".cell")];
    const row = cells.indexOf(cell);
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const columns = [...this.querySelectorAll(".step")];
      const next = columns[columns.indexOf(column) + (key === "ArrowLeft" ? -1 : 1)];
      return Boolean(next) && this.file(card, next.querySelectorAll(".cell")[row]);
    }
    const up = key === "ArrowUp";
    const beside = up ? card.previousElementSibling : card.nextElementSibling;
    if (beside) beside[up ? "before" : "after"](card);
    const next = cells[row + (up ? -1 : 1)];
    return Boolean(beside) || (Boolean(next) && this.file(card, next));
  }

  /** Into another cell where its rank puts it: passing through a cell changes no rank. */
  file(card, cell) {
    const below = [...cell.children].find((one) => this.order.indexOf(one) > this.order.indexOf(card));
    cell.insertBefore(card, below ?? null);
    return true;
  }

  /** As the server does: its rank changes only where its neighbours in the cell ask for it. */
  rank(card) {
    const [above, below] = [card.previousElementSibling, card.nextElementSibling];
    const at = (one) => this.order.indexOf(one);
    if ((!above || at(above) < at(card)) && (!below || at(card) < at(below))) return;
    this.order.splice(at(card), 1);
    this.order.splice(below ? at(below) : at(above) + 1, 0, card);
  }

  /** Where others moved meanwhile: above the card that the server names, or last where it names none. */
  settle(card, number) {
    const cell = card.parentElement;
    const below = number ? [...cell.children].find((one) => one.dataset.story === number) : null;
    if (below === undefined || card.nextElementSibling === below) return;
    const focus = document.activeElement;
    cell.insertBefore(card, below);
    if (card.contains(focus)) focus.focus();
    this.rank(card);
    this.say(card, cell);
  }

  /** Moves go one after the other, in the order in which they were made; the last one's answer counts. */
  tell(card, isRanked = true) {
    const cell = card.parentElement;
    const where = { activity: cell.parentElement.dataset.activity, increment: cell.dataset.increment };
    const body = new URLSearchParams({ story: card.dataset.story, ...where });
    if (isRanked) body.set("before", card.nextElementSibling?.dataset.story ?? "");
    if (isRanked) this.rank(card);
    this.say(card, cell);
    const token = this.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.last = (this.last ?? Promise.resolve()).then(async () => {
      const answer = await fetch(this.dataset.url, { method: "POST", body, headers }).catch(() => null);
      if (!answer?.ok) return location.reload();
      const below = await answer.text();
      if (turn === this.turn && !this.held) this.settle(card, below);
    });
  }

  say(card, cell) {
    for (const one of this.querySelectorAll(".cell")) one.toggleAttribute("data-empty", !one.children.length);
    const cards = [...cell.children];
    const where = { step: cell.parentElement.dataset.name, increment: cell.dataset.name };
    const words = { story: card.dataset.story, ...where, n: cards.indexOf(card) + 1, of: cards.length };
    this.querySelector("[role=status]").textContent = this.dataset.said.replace(/{(\w+)}/g, (_all, name) => words[name]);
  }
}

customElements.define("story-map", StoryMap);
