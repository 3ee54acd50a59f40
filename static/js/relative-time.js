// <relative-time datetime>: the server wrote the words; they stay true while the page is open.
// So do clocks with data-due. One timer for the page, none while it is hidden.
const language = document.documentElement.lang || "en";
const words = document.getElementById("words")?.dataset ?? {};
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

/** 14 min, 1 h 05, 2 d: as the server says it (core/wording.py). */
function amount(seconds) {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) {
    const [h, m] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return `${h} h${m ? ` ${String(m).padStart(2, "0")}` : ""}`;
  }
  const [d, h] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24];
  return `${(words.days ?? "{n} d").replace("{n}", d)}${h && d < 10 ? ` ${h} h` : ""}`;
}

class RelativeTime extends HTMLElement {
  connectedCallback() { this.tell(); }

  tell() {
    const seconds = (Date.now() - Date.parse(this.getAttribute("datetime"))) / 1000;
    const size = Math.abs(seconds);
    if (Number.isNaN(size) || size >= 30 * 86400) return; // the server wrote a date
    if (size < 60) { this.textContent = words.just ?? this.textContent; return; }
    const [unit, length] = UNITS.find(([, of]) => size >= of);
    const style = unit === "day" ? "long" : "short";
    const text = new Intl.RelativeTimeFormat(language, { style }).format(
      Math.sign(-seconds) * Math.floor(size / length), unit);
    const said = text.replace(/hr\.|Std\./, "h").replace(/min\./i, "min");
    if (this.textContent !== said) this.textContent = said;
  }
}

/* What counts down: chips in lists, the promise's box. It never says less than no time left, and
   turns late at the instant itself; so the next look is when the first of them has to change. */
const COUNTING = ":is(.clock, .promise)[data-due]:is([data-level=calm], [data-level=soon], [data-level=late])";
const SOON = 0.25; // share of the time that is left when it becomes urgent
const LONGEST = 30_000;
let timer = null;

function put(el, level, icon) {
  el.dataset.level = level;
  const use = el.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
}

/** How long the whole promise is, from the share that was left when the server said so. */
function lengthOf(el, left) {
  const share = Number(el.style.getPropertyValue("--left"));
  el.dataset.whole ??= share > 0 ? left / share : 0;
  return Number(el.dataset.whole);
}

/** Tell one of them anew; milliseconds until it has to be told again. */
function count(el) {
  const left = Date.parse(el.dataset.due) - Date.now();
  const whole = el.matches(".clock") ? lengthOf(el, left) : 0; // a box knows of working time
  if (left < 0 && el.dataset.level !== "late") put(el, "late", "alarm");
  else if (left >= 0 && el.dataset.level === "calm" && left <= SOON * whole) put(el, "soon", "fire");
  if (whole && left >= 0) el.style.setProperty("--left", (left / whole).toFixed(3));
  const seconds = Math.floor(Math.abs(left) / 1000);
  const said = seconds < 1 ? words.second : seconds < 60 ? `${seconds} s` : amount(seconds);
  const over = el.dataset.of === "update" ? words.wordOver : words.over;
  const form = left < 0 ? over : el.matches(".promise") ? words.left : el.dataset.level === "soon" ? words.only : "{n}";
  const text = el.querySelector(el.matches(".promise") ? ".num" : "span");
  const told = (form ?? "{n}").replace("{n}", said);
  if (text && text.textContent !== told) text.textContent = told;
  const step = seconds < 61 ? 1000 : 60_000;
  return left < 0 ? step - (-left % step) : (left % step) + 1;
}

/** Working time: only what is left of its open hours counts, and by night it stands still. */
function work(el) {
  const now = Date.now();
  let left = 0;
  for (const part of el.dataset.open.split(" ")) {
    const [opens, closes] = part.split("-").map(Number);
    left += Math.max(0, closes - Math.max(opens, now));
  }
  const seconds = Math.floor(left / 1000);
  const [h, m] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const long = `${h} h${m ? ` ${String(m).padStart(2, "0")}` : ""}`;
  const said = seconds < 1 ? words.second : seconds < 60 ? `${seconds} s` : h ? long : `${m} min`;
  if (el.textContent !== said) el.textContent = said;
}

function tick() {
  clearTimeout(timer);
  if (document.hidden) return;
  document.querySelectorAll("relative-time").forEach((el) => el.tell());
  document.querySelectorAll("[data-open]").forEach(work);
  const waits = [...document.querySelectorAll(COUNTING)].map(count);
  timer = setTimeout(tick, Math.max(50, Math.min(LONGEST, ...waits)));
}

customElements.define("relative-time", RelativeTime);
tick();
document.addEventListener("visibilitychange", tick);
document.addEventListener("htmx:afterSettle", tick);
