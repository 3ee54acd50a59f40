// Runs before paint: a person's choice of theme, else the system's. Who is signed in has
// it from the server, on every device; before that it is kept on the device.
{
  const root = document.documentElement;
  const own = root.dataset.themeChoice; // undefined where nobody is signed in
  const stored = () => { try { return localStorage.getItem("beeline:theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("beeline:theme", theme); } catch { /* private window */ } };
  // What the server has not heard yet counts in this tab until it has.
  const unheard = (theme) => { try { theme === undefined ? sessionStorage.removeItem("beeline:theme") : sessionStorage.setItem("beeline:theme", theme); } catch { /* private window */ } };
  const waiting = () => { try { return sessionStorage.getItem("beeline:theme"); } catch { return null; } };
  const choice = new URLSearchParams(location.search).get("theme") || (own === undefined ? stored() : waiting() || own);
  if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  const tell = (theme) => {
    unheard(theme);
    const form = document.querySelector("[data-theme-form]");
    if (!form) return;
    const body = new FormData(form);
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, keepalive: true, headers: { "X-Requested-With": "fetch" } })
      .then((answer) => { if (answer.ok) unheard(); }).catch(() => {});
  };
  addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    event.preventDefault();
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    if (own === undefined) keep(root.dataset.theme);
    else tell(root.dataset.theme);
  });
  addEventListener("storage", (event) => {
    if (own === undefined && event.key === "beeline:theme" && event.newValue) root.dataset.theme = event.newValue;
  });
}
