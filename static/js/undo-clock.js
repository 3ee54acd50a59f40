// <undo-clock data-until data-words>: how long something can still be undone; then the form around it goes.
class UndoClock extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.tell(), 500);
    this.tell();
  }

  disconnectedCallback() { clearInterval(this.timer); }

  tell() {
    const left = Math.ceil((Date.parse(this.dataset.until) - Date.now()) / 1000);
    if (left > 0) {
      const words = this.dataset.words.replace("{n}", left);
      if (words !== this.textContent) this.textContent = words;
      return;
    }
    clearInterval(this.timer);
    this.closest("form")?.remove();
  }
}

customElements.define("undo-clock", UndoClock);
