// <order-form> around the questions of a catalogue form: a question that depends on another is shown
// when that one has the answer it waits for. What was typed into a hidden one stays, and is not sent on.
// Tables get another row without asking the server. Without scripts all questions stand open, each says
// when it counts, and the server gives the row.

class OrderForm extends HTMLElement {
  connectedCallback() {
    this.setAttribute("data-live", "");
    this.addEventListener("input", () => this.settle());
    this.addEventListener("change", () => this.settle());
    this.addEventListener("click", (event) => this.grow(event));
    this.settle();
  }

  answer(name) {
    const inputs = [...this.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    if (inputs[0]?.type === "radio") return inputs.find((one) => one.checked)?.value ?? "";
    if (inputs.length) return inputs[0].value.trim();
    const cells = [...this.querySelectorAll(`[name^="${CSS.escape(name)}."]`)];
    return cells.map((one) => one.value.trim()).join("");
  }

  // Questions depend on earlier ones only: one pass from the top is enough.
  settle() {
    for (const one of this.querySelectorAll("[data-when]")) {
      const other = this.querySelector(`#q-${CSS.escape(one.dataset.when.slice(2))}`);
      const answer = this.answer(one.dataset.when);
      const wanted = JSON.parse(one.dataset.is);
      const shows = !other?.hidden && (wanted.length ? wanted.includes(answer) : answer !== "");
      one.hidden = !shows;
      one.removeAttribute("data-off");
    }
  }

  grow(event) {
    const button = event.target.closest("[data-grow]");
    if (!button || button.disabled) return;
    event.preventDefault();
    const rows = button.closest("fieldset").querySelector("tbody");
    const row = rows.rows[rows.rows.length - 1].cloneNode(true);
    const n = rows.rows.length;
    for (const input of row.querySelectorAll("[name]")) {
      input.name = input.name.replace(/\.\d+\.(\w+)$/, `.${n}.$1`);
      input.value = "";
    }
    rows.append(row);
    row.querySelector("[name]").focus();
  }
}

customElements.define("order-form", OrderForm);
