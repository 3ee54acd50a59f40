// <insert-link data-title data-address> around a button: puts a link to an article into the answer
// that is being written on this page. Hidden where there is no answer to write.
class InsertLink extends HTMLElement {
  connectedCallback() {
    this.hidden = !this.field;
    this.addEventListener("click", () => this.insert());
  }

  get field() { return document.querySelector("#reply textarea[name=body]"); }

  insert() {
    const { field } = this;
    if (!field) return;
    const title = this.dataset.title.replace(/[[\]\\]/g, "\\$&");
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? " " : "";
    field.setRangeText(`${gap}[${title}](${this.dataset.address})`, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
}

customElements.define("insert-link", InsertLink);
