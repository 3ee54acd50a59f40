// A path of the last body goes into the field one was in last; several where it takes several.
let field = null;

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-path-here]")) field = event.target;
});

document.addEventListener("click", (event) => {
  const path = event.target.closest("[data-path]")?.dataset.path;
  if (!path) return;
  field ??= document.querySelector("[data-path-here]");
  const kept = field.name === "key" && field.value.trim();
  field.value = kept ? `${kept}, ${path}` : path;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});
