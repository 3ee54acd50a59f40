// <auto-save data-url="/incidents/INC-1042/draft/comment/" data-key-name="INC-1042:7"> around a
// textarea, or with data-whole around the fields of a form: what is typed is kept on the server a
// second later. This device keeps it until the server has it: a second net for a lost connection,
// an ended session, a killed tab. Without data-url this device is the only place.
const words = document.getElementById("words")?.dataset ?? {};
const PREFIX = "beeline:draft:";
const SENT = "beeline:sent";
const LATER = 1000; // ms after the last key until the server is asked

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
    if (!this.field || (!this.dataset.keyName && !this.dataset.url)) return;
    this.form = this.field.form;
    this.key = PREFIX + (this.dataset.keyName ?? this.dataset.url);
    this.restore();
    this.form?.addEventListener("input", (this.onInput = () => this.later()));
    this.form?.addEventListener("submit", (event) => this.sending(event));
    this.form?.addEventListener("htmx:afterRequest", (event) => this.answered(event));
    addEventListener("pagehide", (this.onHide = () => this.leave()));
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    clearTimeout(this.asking);
    this.form?.removeEventListener("input", this.onInput);
    if (this.onHide) removeEventListener("pagehide", this.onHide);
    if (this.dirty && !this.sent && this.hasAttribute("data-whole")) this.put(true);
  }

  restore() {
    const kept = store.get(this.key);
    if (!kept || this.field.value.trim() === kept.trim()) return;
    if (this.field.value.trim() && !this.dataset.url) return;
    this.field.value = kept; // the server has not seen it: it is newer than what came with the page
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.dirty = true;
    if (this.dataset.url) this.asking = setTimeout(() => this.put(), LATER);
    this.say(words.restored);
  }

  later() {
    this.dirty = true;
    clearTimeout(this.timer);
    clearTimeout(this.asking);
    this.timer = setTimeout(() => this.keep(), 300);
    if (this.dataset.url) this.asking = setTimeout(() => this.put(), LATER);
  }

  /** On this device. */
  keep() {
    clearTimeout(this.timer);
    if (this.sent) return;
    store.set(this.key, this.field.value.trim() ? this.field.value : "");
    if (!this.dataset.url) this.say(this.field.value.trim() ? words.draft : "");
  }

  leave() {
    if (!this.dirty || this.sent) return;
    this.keep();
    if (this.dataset.url) this.put(true);
  }

  /** What stands in the form, as the server keeps it. */
  read() {
    const data = new FormData(this.form);
    const fields = {};
    for (const [name, value] of data) {
      if (typeof value === "string" && (this.hasAttribute("data-whole") || ["mode", "once"].includes(name))) fields[name] = value;
    }
    const body = fields.body ?? (this.field.name === "body" ? this.field.value : "");
    for (const name of ["body", "upload", "csrfmiddlewaretoken"]) delete fields[name];
    return { body, fields, files: data.getAll("upload").map(Number) };
  }

  async put(leaving = false) {
    clearTimeout(this.asking);
    if (this.sent || !this.form) return;
    const sent = JSON.stringify(this.read());
    this.dirty = false;
    const headers = { "X-CSRFToken": this.form.elements.csrfmiddlewaretoken?.value ?? "", "Content-Type": "application/json" };
    const answer = await fetch(this.dataset.url, { method: "PUT", body: sent, headers, redirect: "error", keepalive: leaving && sent.length < 60_000 }).catch(() => null);
    if (!answer?.ok) {
      this.dirty = true;
      return this.say(this.field.value.trim() ? words.draft : "");
    }
    if (!this.dirty) store.set(this.key, ""); // nothing typed since: the server has all of it
    this.say((await answer.json()).said);
  }

  clear() {
    this.sent = true;
    clearTimeout(this.timer);
    clearTimeout(this.asking);
    store.set(this.key, "");
    this.say("");
  }

  // A plain form leaves the page; forgetSent() above decides on the next one.
  sending(event) {
    if (event.submitter?.matches("[data-discard]")) return this.clear();
    if (event.submitter?.hasAttribute("formaction") || (event.submitter?.name && event.submitter.name !== "send")) return;
    this.keep();
    clearTimeout(this.asking);
    this.sent = true;
    setTimeout(() => (this.sent = false), 3000); // still here: it did not leave
    try { sessionStorage.setItem(SENT, this.key); } catch { /* private */ }
  }

  answered({ detail }) {
    if (detail.elt !== this.form || detail.requestConfig?.verb !== "post") return;
    if (/\/(preview|draft)\//.test(detail.pathInfo?.requestPath ?? "")) return;
    if (detail.successful && !detail.requestConfig.triggeringEvent?.submitter?.name) this.clear();
    else this.sent = false;
  }

  say(text) {
    const place = this.closest("form")?.querySelector("[data-draft-state]");
    if (place && place.textContent !== (text ?? "")) place.textContent = text ?? "";
    const discard = this.closest("form")?.querySelector("[data-discard]");
    if (discard) discard.hidden = !text;
  }
}

forgetSent();
customElements.define("auto-save", AutoSave);
