// Selecting rows of a list: x, Shift with x or a click for a range, J and K select and move, * the
// whole page, Esc clears. The boxes belong to form#picks, which is plain without this script.
const list = () => document.querySelector("queue-list");
const picks = () => document.getElementById("picks");
const boxes = () => [...(list()?.querySelectorAll(".row input.check") ?? [])];
const boxOf = (row) => row?.querySelector("input.check");
let last = null; // the box that was set or cleared last: a range begins there

function set(box, on) {
  if (!box || box.checked === on) return;
  box.checked = on;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Everything between the last box and this one becomes as the last one is. */
function range(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (from < 0 || !document.contains(last)) return set(box, true);
  for (const one of all.slice(from, to + 1)) set(one, last.checked);
}

function page() {
  const all = boxes();
  const on = !all.every((box) => box.checked);
  for (const box of all) set(box, on);
}

function clear() {
  if (!boxes().some((box) => box.checked)) return false;
  for (const box of boxes()) set(box, false);
  for (const box of picks()?.querySelectorAll("[name=query]") ?? []) box.checked = false;
  return true;
}

/** Select where the cursor is, go one on, select there too. */
function extend(step) {
  const rows = list().rows;
  const at = rows.indexOf(list().current);
  const to = rows[at + step];
  set(boxOf(rows[at]), true);
  if (!to) return;
  list().moveTo(to);
  set(boxOf(to), true);
  last = boxOf(to);
}

document.addEventListener("beeline:key", (event) => {
  if (!list()) return;
  switch (event.detail.name) {
    case "select": {
      const box = boxOf(list().current);
      if (!box) return;
      set(box, !box.checked);
      last = box;
      break;
    }
    case "select_next": extend(1); break;
    case "select_previous": extend(-1); break;
    case "select_page": page(); break;
    case "clear": if (!clear()) return; break;
    default: return;
  }
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".row input.check");
  if (box) {
    if (event.shiftKey && last && last !== box) range(box);
    last = box;
  } else if (event.target.closest?.("[data-pick=page]")) page();
});

// Rows that are redrawn are other elements: the range goes on from where it was.
new MutationObserver(() => {
  if (last && !document.contains(last)) last = boxes().find((box) => box.value === last.value) ?? null;
}).observe(document.getElementById("sheet") ?? document.body, { childList: true, subtree: true });

// "Everything in this list" is more than the page: the rows' own boxes say nothing then.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("#picks [name=query]")) picks().toggleAttribute("data-all", event.target.checked);
  else if (event.target.matches?.(".row input.check") && !event.target.checked) {
    for (const box of picks()?.querySelectorAll("[name=query]") ?? []) box.checked = false;
    picks()?.removeAttribute("data-all");
  }
});

// What was done to many: the lines are old, the selection has served.
document.addEventListener("beeline:bulk", (event) => {
  list()?.redraw(event.detail.numbers ?? boxes().filter((box) => box.checked).map((box) => box.value));
  clear();
});
