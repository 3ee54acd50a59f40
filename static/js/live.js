// The live channel: one EventSource per browser. The tab that holds the lock listens and tells
// the others; hidden tabs neither hold it nor open one. When the channel is away we ask every
// 15 seconds and say so. Pages hear DOM events: "beeline:tickets" {ids}, "beeline:presence" {ids},
// "beeline:work" {ids}, "beeline:notices" {ids}, "beeline:refresh" {}.
const url = document.body.dataset.live;
const words = document.getElementById("words")?.dataset ?? {};
const POLL = 15_000;
const PATIENCE = 8_000;
const SILENCE = 40_000; // the channel beats every 15 seconds; a dead line says nothing at all

class Live {
  constructor() {
    this.others = new BroadcastChannel("beeline:live");
    this.others.onmessage = ({ data }) => this.tell(data);
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.join()));
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", () => this.join());
    this.join();
  }

  /** Queue for the lock while the tab is seen; whoever has it listens for all. */
  join() {
    if (document.hidden || this.queued) return;
    this.queued = new AbortController();
    this.others.postMessage({ kind: "ask" });
    if (!navigator.locks) return this.open(); // plain http on a network: every seen tab listens
    navigator.locks.request("beeline:live", { signal: this.queued.signal }, () => this.lead()).catch(() => {});
  }

  leave() {
    this.queued?.abort();
    this.queued = null;
    this.close();
    this.release?.();
  }

  lead() {
    this.open();
    return new Promise((done) => (this.release = done)).finally(() => this.close());
  }

  open() {
    this.source = new EventSource(url, { withCredentials: true });
    const hear = (name, tell) => this.source.addEventListener(name, (event) => (this.listen(), tell?.(event)));
    for (const kind of ["tickets", "presence", "work", "notices"]) hear(kind, (event) => this.spread({ kind, ...JSON.parse(event.data) }));
    hear("behind", () => this.spread({ kind: "refresh" }));
    hear("beat");
    this.listen();
    this.source.onopen = () => {
      this.trust();
      this.listen();
      if (this.polling) this.spread({ kind: "refresh" });
      this.spread({ kind: "state", behind: false });
    };
    this.source.onerror = () => {
      this.doubt ??= setTimeout(() => this.spread({ kind: "state", behind: true }), PATIENCE);
      if (this.source?.readyState === EventSource.CLOSED) this.again = setTimeout(() => this.reopen(), POLL);
    };
  }

  /** Something was heard; where nothing is for long, the line is dead though it seems open. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => { this.spread({ kind: "state", behind: true }); this.reopen(); }, SILENCE);
  }

  reopen() {
    if (!this.source) return;
    this.source.close();
    this.open();
  }

  trust() {
    clearTimeout(this.doubt);
    this.doubt = null;
  }

  close() {
    this.trust();
    clearTimeout(this.again);
    clearTimeout(this.silence);
    this.source?.close();
    this.source = null;
  }

  spread(news) {
    this.others.postMessage(news);
    this.tell(news);
  }

  tell(news) {
    if (news.kind === "state") return this.setBehind(news.behind);
    if (news.kind === "ask") return this.source && this.others.postMessage({ kind: "state", behind: Boolean(this.polling) });
    document.dispatchEvent(new CustomEvent(`beeline:${news.kind}`, { detail: news }));
  }

  /** Behind: a banner that stays, and a question every 15 seconds. */
  setBehind(behind) {
    if (behind === Boolean(this.polling)) return;
    clearInterval(this.polling);
    this.polling = behind ? setInterval(() => this.poll(), POLL) : null;
    document.querySelector("[data-behind]:not(template)")?.remove();
    if (!behind) return;
    const banner = Object.assign(document.createElement("div"), { className: "banner behind" });
    banner.dataset.m = "soon";
    banner.dataset.behind = "";
    banner.setAttribute("role", "status");
    const retry = Object.assign(document.createElement("button"), { className: "btn", type: "button", textContent: words.retry });
    retry.dataset.size = "s";
    retry.onclick = () => { this.reopen(); this.poll(); };
    banner.append(Object.assign(document.createElement("span"), { textContent: words.behind }), retry);
    document.getElementById("sheet")?.prepend(banner);
  }

  poll() {
    if (!document.hidden) document.dispatchEvent(new CustomEvent("beeline:refresh", { detail: {} }));
  }
}

if (url && globalThis.EventSource) new Live();
