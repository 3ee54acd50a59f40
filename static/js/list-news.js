// What a list does with news of the live channel: lines it shows are redrawn where they stand, for
// the others the pill asks how many are new.
const TALK = 800; // ms that news are gathered before a list asks

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

/** "My work": what its reader is asked, offered and told is drawn anew where it stands. */
async function work() {
  const place = document.getElementById("asked");
  if (!place || place.contains(document.activeElement) || document.querySelector("dialog[open]")) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("asked");
  if (drawn && drawn.innerHTML !== place.innerHTML) place.innerHTML = drawn.innerHTML;
  globalThis.htmx?.process(place);
}

for (const name of ["work", "refresh", "changed"]) document.addEventListener(`beeline:${name}`, () => setTimeout(work, 200));

/** The bell, and the inbox where it is open, when somebody was told something. */
async function notices() {
  const bell = document.getElementById("bell");
  if (!bell) return;
  const place = document.getElementById("inbox");
  // what one may still undo stays, and so does what one is about to press
  const busy = place?.contains(document.activeElement) || place?.querySelector(".banner") || location.search.includes("before=");
  const answer = await fetch(place && !busy ? location.href : bell.href + "bell/").catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of [bell, busy ? null : place]) {
    const fresh = old && drawn.getElementById(old.id);
    if (!fresh) continue;
    old.replaceWith(document.adoptNode(fresh));
    globalThis.htmx?.process(fresh);
  }
}

for (const name of ["notices", "refresh"]) document.addEventListener(`beeline:${name}`, () => setTimeout(notices, 100));
