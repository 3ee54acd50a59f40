// A list of alerts while it is looked at: every ten seconds it asks what changed. Lines it shows are
// redrawn where they stand, new ones are counted in the pill; rows never jump. While it cannot ask it
// says so.
const EVERY = 10_000;
const behind = document.querySelector("[data-alerts-behind]");

async function ask() {
  const list = document.querySelector(".alertlist[data-since]");
  if (!list || document.hidden) return;
  const address = new URL(location.href);
  for (const name of ["after", "before", "open"]) address.searchParams.delete(name);
  address.searchParams.set("fragment", "news");
  address.searchParams.set("since", list.dataset.since);
  for (const row of list.querySelectorAll(".row")) address.searchParams.append("t", row.id.replace("row-", ""));
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  const fine = Boolean(answer?.ok && !answer.redirected);
  if (behind) behind.hidden = fine;
  if (fine) draw(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

function draw(told) {
  const pill = told.querySelector(".fresh");
  if (pill) document.querySelector(".fresh")?.replaceWith(document.adoptNode(pill));
  for (const fresh of told.querySelectorAll(".row")) {
    const old = document.getElementById(fresh.id);
    if (!old || old.contains(document.activeElement) || same(old, fresh)) continue;
    if (old.hasAttribute("aria-current")) fresh.setAttribute("aria-current", "true");
    old.replaceWith(document.adoptNode(fresh));
  }
}

const same = (one, other) => one.textContent === other.textContent;

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
