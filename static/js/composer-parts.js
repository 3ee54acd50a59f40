// What the composer's scripts share: the form as it is now, and asking the server.
export const words = document.getElementById("words")?.dataset ?? {};
export const composer = () => document.getElementById("composer");
export const body = () => composer()?.elements.body;
export const token = () => composer()?.elements.csrfmiddlewaretoken?.value ?? "";
export const base = () => composer().action.replace(/do\/comment\/$/, "");
export const touched = () => body().dispatchEvent(new Event("input", { bubbles: true }));
export const toast = (text, level = "") => document.dispatchEvent(new CustomEvent("beeline:toast", { detail: { text, level } }));

export function insert(text) {
  const field = body();
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  touched();
}

/** The answer, or null where nothing reached the server. */
export async function ask(address, method = "GET", data = undefined) {
  return fetch(address, { method, body: data, headers: { "X-CSRFToken": token(), "HX-Request": "true" } }).catch(() => null);
}
