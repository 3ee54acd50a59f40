// r in a list: the ticket page's composer opens in the pane, under the verbs; where there is no pane,
// on the ticket's page. And the way back: a ticket's "Queue" leads to the list one came from.
const KEY = "beeline:list";
const list = document.querySelector("queue-list");
const number = (row) => row.id.replace("row-", "");

async function reply(row) {
  const pane = list.pane;
  const page = row.querySelector(".title").href;
  if (!pane || !globalThis.htmx) return location.assign(`${page}#composer`);
  const shown = () => pane.querySelector(`h2 a[href$="/${number(row)}/"]`);
  if (!shown()) await list.show(row);
  if (!pane.querySelector("#reply")) {
    const place = Object.assign(document.createElement("div"), { id: "reply", className: "panereply" });
    for (const [name, value] of [["boost", "true"], ["target", "#reply"], ["swap", "innerHTML"]]) place.setAttribute(`hx-${name}`, value);
    const verbs = pane.querySelector(".verbs");
    verbs ? verbs.after(place) : pane.prepend(place);
    await htmx.ajax("GET", `/queue/reply/${number(row)}/`, { target: place, swap: "innerHTML", source: place });
  }
  pane.querySelector("#reply textarea[name=body]")?.focus();
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-do=reply]") && (list?.current ?? list?.rows[0]);
  if (!row) return;
  event.preventDefault();
  reply(row);
});

if (list) addEventListener("pagehide", () => {
  try { sessionStorage.setItem(KEY, location.pathname + location.search); } catch { /* private */ }
});

const back = document.querySelector("a.back[data-verb=back]");
if (back) {
  const from = (() => { try { return sessionStorage.getItem(KEY); } catch { return null; } })();
  if (from?.startsWith("/") && !from.startsWith("//")) {
    const address = new URL(from, location.origin);
    address.searchParams.set("open", new URL(back.href).searchParams.get("open") ?? "");
    back.href = address.pathname + address.search;
  }
}
