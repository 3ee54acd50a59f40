// <story-map data-url> around cells of cards: a card is dragged into any cell, or moved with Alt and an arrow
// while it has the focus. The server is told the cell and the card below; where it says no, the page is asked anew.
// Without this each card has a form.

class StoryMap extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.url) return;
    for (const card of this.querySelectorAll(".card1")) card.draggable = true;
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
    if (this.held.parentElement !== cell || this.held.nextElementSibling !== (below ?? null)) {
      cell.insertBefore(this.held, below ?? null);
    }
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
    const below = [...cell.children].find((one) => one.dataset.rank > card.dataset.rank);
    cell.insertBefore(card, below ?? null);
    return true;
  }

  /** Moves go one after the other, in the order in which they were made; the answer is the new rank. */
  tell(card, isRanked = true) {
    const cell = card.parentElement;
    const body = new URLSearchParams({
      story: card.dataset.story,
      activity: cell.parentElement.dataset.activity,
      increment: cell.dataset.increment,
    });
    if (isRanked) body.set("before", card.nextElementSibling?.dataset.story ?? "");
    this.say(card, cell);
    const token = this.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    this.last = (this.last ?? Promise.resolve()).then(async () => {
      const answer = await fetch(this.dataset.url, { method: "POST", body, headers }).catch(() => null);
      if (!answer?.ok) return location.reload();
      card.dataset.rank = await answer.text();
    });
  }

  say(card, cell) {
    for (const one of this.querySelectorAll(".cell")) one.toggleAttribute("data-empty", !one.children.length);
    const cards = [...cell.children];
    const words = {
      story: card.dataset.story,
      step: cell.parentElement.dataset.name,
      increment: cell.dataset.name,
      n: cards.indexOf(card) + 1,
      of: cards.length,
    };
    this.querySelector("[role=status]").textContent = this.dataset.said.replace(/{(\w+)}/g, (_all, name) => words[name]);
  }
}

customElements.define("story-map", StoryMap);
