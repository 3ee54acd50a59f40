// The live channel: one EventSource per browser. The tab that holds the lock listens and tells
// the others; hidden tabs neither hold it nor open one. When the channel is away we ask every
// 15 seconds and say so. Pages hear DOM events: "beeline:tickets" {ids}, "beeline:refresh" {}.
const url = document.body.dataset.live;
const words = document.getElementById("words")?.dataset ?? {};
const POLL = 15_000;
const PATIENCE = 8_000;
const TALK = 800; // ms that news are gathered before a list asks

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
    this.source.addEventListener("tickets", (event) => this.spread({ kind: "tickets", ...JSON.parse(event.data) }));
    this.source.addEventListener("behind", () => this.spread({ kind: "refresh" }));
    this.source.onopen = () => {
      this.trust();
      if (this.polling) this.spread({ kind: "refresh" });
      this.spread({ kind: "state", behind: false });
    };
    this.source.onerror = () => {
      this.doubt ??= setTimeout(() => this.spread({ kind: "state", behind: true }), PATIENCE);
      if (this.source?.readyState === EventSource.CLOSED) this.again = setTimeout(() => this.reopen(), POLL);
    };
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

/** What a list does with news: lines it shows are redrawn, for the others the pill asks. */
class ListNews {
  constructor() {
    this.forget();
    document.addEventListener("beeline:tickets", (event) => this.hear(event.detail.ids ?? []));
    document.addEventListener("beeline:refresh", () => this.hear([NaN]));
  }

  get list() { return document.querySelector("queue-list"); }
  forget() { Object.assign(this, { known: new Set(), unknown: false, talking: null }); }

  hear(ids) {
    if (!this.list) return;
    for (const id of ids) {
      const row = this.list.querySelector(`.row[data-id="${id}"]`);
      if (row) this.known.add(row.id.replace("row-", ""));
      else this.unknown = true;
    }
    this.talking ??= setTimeout(() => this.ask(), TALK);
  }

  async ask() {
    const { list, known, unknown } = this;
    this.forget();
    list?.redraw([...known]);
    if (!unknown || !list?.dataset.since || !document.querySelector(".fresh")) return;
    const address = new URL(location.href);
    address.searchParams.set("since", list.dataset.since);
    address.searchParams.set("fragment", "new");
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".fresh");
    if (fresh) document.querySelector(".fresh")?.replaceWith(document.adoptNode(fresh));
  }
}

new ListNews();
