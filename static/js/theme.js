// Runs before paint: a person's choice of theme, else the system's. Kept on the device.
{
  const root = document.documentElement;
  const stored = () => { try { return localStorage.getItem("beeline:theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("beeline:theme", theme); } catch { /* private window */ } };
  const choice = new URLSearchParams(location.search).get("theme") || stored();
  if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    keep(root.dataset.theme);
  });
  addEventListener("storage", (event) => {
    if (event.key === "beeline:theme" && event.newValue) root.dataset.theme = event.newValue;
  });
}
