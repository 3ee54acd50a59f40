// <auto-save data-key-name="INC-1042:7"> around a textarea: what is typed is kept on this device
// per ticket and person, comes back after a crash or a lost session, and goes when it was sent.
const words = document.getElementById("words")?.dataset ?? {};
const PREFIX = "beeline:draft:";
const SENT = "beeline:sent";

const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, text) { try { text ? localStorage.setItem(key, text) : localStorage.removeItem(key); } catch { /* full, or private */ } },
};

const letters = (text) => text.replace(/[^\p{L}\p{N}]+/gu, "").slice(0, 300);

// A draft goes only when its text is seen on the page that came after: an expired session, a
// refused form or a lost connection leave it where it is.
function forgetSent() {
  const key = (() => { try { return sessionStorage.getItem(SENT); } catch { return null; } })();
  const draft = key && letters(store.get(key) ?? "");
  if (!draft) return;
  const texts = [...document.querySelectorAll(".text")].map((el) => letters(el.textContent));
  if (!texts.includes(draft)) return;
  store.set(key, "");
  sessionStorage.removeItem(SENT);
}

class AutoSave extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea, input");
    if (!this.field || !this.dataset.keyName) return;
    this.key = PREFIX + this.dataset.keyName;
    this.restore();
    this.field.addEventListener("input", () => this.later());
    this.field.form?.addEventListener("submit", () => this.sending());
    this.field.form?.addEventListener("htmx:afterRequest", (event) => event.detail.successful && this.clear());
    addEventListener("pagehide", (this.onHide = () => this.keep()));
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    if (this.onHide) removeEventListener("pagehide", this.onHide);
  }

  restore() {
    const kept = store.get(this.key);
    if (!kept || this.field.value.trim()) return;
    this.field.value = kept;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.say(words.restored);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 400);
  }

  keep() {
    clearTimeout(this.timer);
    if (this.sent) return;
    store.set(this.key, this.field.value.trim() ? this.field.value : "");
    this.say(this.field.value.trim() ? words.draft : "");
  }

  clear() {
    this.sent = true;
    clearTimeout(this.timer);
    store.set(this.key, "");
    this.say("");
  }

  // A plain form leaves the page; forgetSent() below decides on the next one.
  sending() {
    this.keep();
    this.sent = true;
    setTimeout(() => (this.sent = false), 3000); // still here: it did not leave
    try { sessionStorage.setItem(SENT, this.key); } catch { /* private */ }
  }

  say(text) {
    const place = this.closest("form")?.querySelector("[data-draft-state]");
    if (place && place.textContent !== (text ?? "")) place.textContent = text ?? "";
  }
}

forgetSent();
customElements.define("auto-save", AutoSave);
