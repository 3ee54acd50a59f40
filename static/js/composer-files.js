// Files that are pasted, dropped or chosen go up at once, with a bar; a picture is put into the text.
// Without this file the input sends them with the words.
const words = document.getElementById("words")?.dataset ?? {};
const composer = () => document.getElementById("composer");
const body = () => composer()?.elements.body;
const token = () => composer().elements.csrfmiddlewaretoken?.value ?? "";
const touched = () => body().dispatchEvent(new Event("input", { bubbles: true }));
const toast = (text) => document.dispatchEvent(new CustomEvent("beeline:toast", { detail: { text, level: "error" } }));

function insert(text) {
  const field = body();
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  touched();
}

function waiting(name) {
  const line = document.createElement("li");
  const chip = Object.assign(document.createElement("span"), { className: "chip" });
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", name);
  chip.append(bar, name);
  line.append(chip);
  composer().querySelector("[data-waiting]").append(line);
  return { line, bar };
}

function upload(file, inline) {
  const { line, bar } = waiting(file.name);
  const form = new FormData();
  form.append("file", file, file.name || "picture.png");
  const request = new XMLHttpRequest(); // fetch cannot say how far an upload is
  request.open("POST", composer().action.replace(/do\/comment\/$/, "uploads/"));
  request.setRequestHeader("X-CSRFToken", token());
  request.responseType = "json";
  request.upload.onprogress = (event) => event.lengthComputable && (bar.value = event.loaded / event.total);
  request.onerror = () => { line.remove(); toast(words.offline); };
  request.onload = () => {
    if (request.status !== 201) {
      line.remove();
      return toast(request.response?.said ?? words.offline);
    }
    show(line, request.response);
    if (inline && request.response.picture) insert(`![${request.response.name}](${request.response.name})\n`);
    else touched();
  };
  request.send(form);
}

function show(line, file) {
  const named = Object.assign(document.createElement("input"), { type: "hidden", name: "upload", value: file.id });
  const chip = Object.assign(document.createElement("span"), { className: "chip" });
  const link = Object.assign(document.createElement("a"), { href: file.url, textContent: file.name });
  link.append(" ", Object.assign(document.createElement("span"), { className: "quiet num", textContent: file.size }));
  const off = Object.assign(document.createElement("button"), { type: "button", className: "off", textContent: "×" });
  off.dataset.off = file.url;
  off.setAttribute("aria-label", `${words.close} ${file.name}`);
  chip.append(link, off);
  line.replaceChildren(named, chip);
}

function take(event, files, inline) {
  if (!files?.length) return;
  event.preventDefault();
  for (const file of files) upload(file, inline);
}

document.addEventListener("paste", (event) => event.target === body() && take(event, event.clipboardData?.files, true));
document.addEventListener("change", (event) => {
  if (!event.target.matches("#composer input[type=file]")) return;
  take(event, [...event.target.files], false);
  event.target.value = "";
});
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const over = event.target.closest?.(".main");
    if (!over || !composer() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    composer().toggleAttribute("data-drop", name === "dragover" || name === "dragenter");
    if (name === "drop") take(event, event.dataTransfer.files, true);
  });
}

document.addEventListener("click", (event) => {
  const off = event.target.closest?.("[data-off]");
  if (!off) return;
  fetch(off.dataset.off, { method: "DELETE", headers: { "X-CSRFToken": token() } }).catch(() => null);
  off.closest("li").remove();
  touched();
});
