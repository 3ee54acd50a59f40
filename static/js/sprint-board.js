// <sprint-board data-can data-url> around columns ([data-column]) of cards ([data-story]): a card is dragged,
// or moved with Alt and an arrow while something in it has the focus. The server answers the board as it is
// then, or as it stays with the reason why; without this each card has a link that asks for its column.

class SprintBoard extends HTMLElement {
  connectedCallback() {
    if (!this.hasAttribute("data-can")) return;
    this.ready();
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.over(event));
    this.addEventListener("drop", (event) => this.drop(event));
    this.addEventListener("dragend", () => this.end());
    this.addEventListener("keydown", (event) => this.press(event));
    this.addEventListener("submit", (event) => this.because(event));
  }

  ready() {
    for (const card of this.querySelectorAll("[data-story]")) card.draggable = true;
  }

  lift(event) {
    this.held = event.target.closest?.("[data-story]");
    if (!this.held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.held.dataset.story);
    requestAnimationFrame(() => this.held?.setAttribute("data-held", ""));
  }

  over(event) {
    const column = event.target.closest("[data-column]");
    if (!this.held || !column) return;
    event.preventDefault();
    this.mark(column);
  }

  mark(column) {
    for (const one of this.querySelectorAll("[data-over]")) if (one !== column) one.removeAttribute("data-over");
    column?.setAttribute("data-over", "");
  }

  drop(event) {
    const column = event.target.closest("[data-column]");
    const card = this.held;
    if (!card || !column) return;
    event.preventDefault();
    if (card.closest("[data-column]").dataset.column !== column.dataset.column) this.tell(card, column);
  }

  end() {
    this.held?.removeAttribute("data-held");
    this.held = null;
    this.mark(null);
  }

  press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    const card = event.target.closest("[data-story]");
    if (!step || !card || !event.altKey) return;
    event.preventDefault();
    const columns = [...card.closest(".lane").querySelectorAll("[data-column]")];
    const to = columns[columns.indexOf(card.closest("[data-column]")) + step];
    if (to) this.tell(card, to);
  }

  because(event) {
    if (!event.target.matches("[data-why]")) return;
    event.preventDefault();
    const sent = new FormData(event.target);
    this.send(new URLSearchParams(sent), sent.get("s"));
  }

  tell(card, column) {
    column.querySelector("ol").append(card); // at once; the answer says where it really stands
    this.send(new URLSearchParams({ s: card.dataset.story, column: column.dataset.column }), card.dataset.story);
  }

  async send(body, story) {
    const token = this.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    const answer = await fetch(this.dataset.url, { method: "POST", body, headers }).catch(() => null);
    if (!answer || ![200, 409, 422].includes(answer.status)) return location.reload();
    const keep = [...this.children].filter((one) => one.name === "csrfmiddlewaretoken");
    this.innerHTML = await answer.text();
    this.prepend(...keep);
    this.ready();
    window.htmx?.process(this);
    const why = this.querySelector("[data-why] [name=because]");
    (why ?? this.querySelector(`[data-story="${story}"] .title`))?.focus();
  }
}

customElements.define("sprint-board", SprintBoard);
