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

function tickClocks() {
  for (const clock of document.querySelectorAll(".clock[data-due]:is([data-level=calm], [data-level=soon], [data-level=late])")) {
    const left = (Date.parse(clock.dataset.due) - Date.now()) / 1000;
    const said = clock.querySelector("span");
    if (left < 0 && clock.dataset.level !== "late") {
      clock.dataset.level = "late";
      const use = clock.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#alarm"));
    }
    const text = left < 0 ? words.over.replace("{n}", amount(-left)) : amount(left);
    if (said.textContent !== text) said.textContent = text;
  }
}

function tick() {
  if (document.hidden) return;
  document.querySelectorAll("relative-time").forEach((el) => el.tell());
  tickClocks();
}

customElements.define("relative-time", RelativeTime);
setInterval(tick, 30_000);
document.addEventListener("visibilitychange", tick);
