// <caller-find>: the keyboard of the caller's field. Enter takes the first person found (also
// when the answer is still on its way), arrows move through their open tickets and the others,
// Escape goes back. What was solved on the phone is written at once.
class CallerFind extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=search]");
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.addEventListener("htmx:afterSwap", () => this.settle());
    this.addEventListener("htmx:beforeRequest", (event) => (this.asked = event.detail.requestConfig.parameters.get?.("q") ?? ""));
  }

  get picks() { return [...this.querySelectorAll("[name=pick]")]; }

  // All that arrows reach: people, and below each one their open tickets.
  get stops() { return [...this.querySelectorAll("[name=pick], [name=again]")]; }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { picks, stops } = this;
    // The field stands for the first person, whom Enter takes: the next is their first ticket.
    const at = event.target === this.input ? 0 : stops.indexOf(document.activeElement);
    const back = at === 1 && stops[0] === picks[0] ? this.input : stops[at - 1] ?? this.input;
    if (event.key === "Enter" && event.target === this.input) {
      event.preventDefault();
      if (this.isFresh()) picks[0]?.click();
      else this.wanted = true;
    } else if (event.key === "ArrowDown" && stops[at + 1]) {
      event.preventDefault();
      stops[at + 1].focus();
    } else if (event.key === "ArrowUp" && event.target !== this.input) {
      event.preventDefault();
      back.focus();
    } else if (event.key === "Escape" && event.target !== this.input) {
      this.input.focus();
    }
  }

  // What is shown was asked for with the words that stand there now.
  isFresh() {
    return this.shown === undefined ? this.picks.length > 0 : this.shown === this.input.value.trim();
  }

  settle() {
    this.shown = this.input.value.trim();
    if (!this.wanted) return;
    this.wanted = false;
    this.picks[0]?.click();
  }
}

document.addEventListener("change", (event) => {
  if (event.target.id === "solved" && event.target.checked) document.getElementById("id_resolution")?.focus();
});

customElements.define("caller-find", CallerFind);
