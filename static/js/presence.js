// Who else is on the open ticket, and who types. While this tab is seen it says "here" every
// 15 seconds, at once when somebody starts to type, and "left" when it is hidden or closed. What
// comes back is shown in <ticket-together>; the live channel says when to ask again.
const BEAT = 15_000;
const TYPING = 4_000; // how often typing is said while it lasts
const STILL = 6_000; // without a key it is over
const CALM = 3_000; // the least time between two things said to a screen reader
const page = document.querySelector("[data-ticket]");
const tab = Math.random().toString(36).slice(2, 12);
let shown = "";

class TicketTogether extends HTMLElement {
  connectedCallback() { this.innerHTML = shown; } // the header was drawn anew
}

class Presence {
  constructor() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.arrive()));
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => event.persisted && this.arrive());
    document.addEventListener("input", (event) => this.type(event.target));
    document.addEventListener("htmx:afterSwap", () => this.doing && !this.field?.isConnected && this.stop());
    document.addEventListener("beeline:presence", ({ detail }) => {
      if (!document.hidden && detail.ids?.includes(Number(page.dataset.ticket))) this.ask();
    });
    this.doing = "";
    if (!document.hidden) this.arrive();
  }

  get place() { return document.querySelector("ticket-together"); }
  get url() { return this.place?.dataset.url; }

  arrive() {
    clearInterval(this.beating);
    this.beating = setInterval(() => this.say(), BEAT);
    this.say();
  }

  leave() {
    clearInterval(this.beating);
    this.stop(false);
    if (this.url) navigator.sendBeacon(this.url, this.form("left"));
  }

  /** Of which kind the typing is; empty where it is nobody's concern. */
  type(field) {
    const form = field.closest?.("form");
    const words = field.matches?.("textarea, input:not([type=search], [type=hidden])") && field.value.trim();
    const writes = form?.matches(".composer");
    if (!form || (!writes && !form.closest("#dialog, .inplace, #side"))) return;
    if (!words) return this.stop();
    const kind = !writes ? "edit" : new FormData(form).get("mode") === "note" ? "note" : "reply";
    this.field = field;
    clearTimeout(this.still);
    this.still = setTimeout(() => this.stop(), STILL);
    if (kind === this.doing && Date.now() - this.typed < TYPING) return;
    Object.assign(this, { doing: kind, typed: Date.now() });
    this.say();
  }

  stop(tell = true) {
    clearTimeout(this.still);
    if (!this.doing) return;
    this.doing = "";
    if (tell) this.say();
  }

  form(doing) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const form = new FormData();
    for (const [name, value] of Object.entries({ tab, doing, csrfmiddlewaretoken: token })) form.set(name, value);
    return form;
  }

  say() { return this.fetch({ method: "POST", body: this.form(this.doing) }); }
  ask() { return this.fetch({}); }

  async fetch(options) {
    if (!this.url) return;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const answer = await fetch(this.url, { ...options, headers: { "HX-Request": "true" } }).catch(() => null);
    const html = answer?.ok && !answer.redirected ? await answer.text() : "";
    if (turn === this.turn) this.show(html.trim());
  }

  show(html) {
    if (html === shown) return;
    shown = html;
    if (this.place) this.place.innerHTML = html;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.announce(), CALM);
  }

  /** The whole of it in one sentence, once it has stayed the same for a while. */
  announce() {
    const region = document.getElementById("together-said");
    const said = this.place?.querySelector("[data-said]")?.textContent.trim() ?? "";
    if (region && region.textContent !== said) region.textContent = said;
  }
}

customElements.define("ticket-together", TicketTogether);
if (page) new Presence();
