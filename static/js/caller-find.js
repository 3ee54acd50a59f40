// <caller-find>: the keyboard of the caller's field. Enter takes the first person found (also
// when the answer is still on its way), arrows move through the others, Escape goes back.
class CallerFind extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=search]");
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.addEventListener("htmx:afterSwap", () => this.settle());
    this.addEventListener("htmx:beforeRequest", (event) => (this.asked = event.detail.requestConfig.parameters.get?.("q") ?? ""));
  }

  get picks() { return [...this.querySelectorAll("[name=pick]")]; }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const picks = this.picks;
    const at = picks.indexOf(document.activeElement);
    if (event.key === "Enter" && event.target === this.input) {
      event.preventDefault();
      if (this.isFresh()) picks[0]?.click();
      else this.wanted = true;
    } else if (event.key === "ArrowDown" && picks[at + 1]) {
      event.preventDefault();
      picks[at + 1].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (picks[at - 1] ?? this.input).focus();
    } else if (event.key === "Escape" && at >= 0) {
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

customElements.define("caller-find", CallerFind);
