// Copy what an element holds: <button data-copy="id" data-said="Copied">. It is hidden without JavaScript.
const writes = Boolean(navigator.clipboard);

function select(box) {
  const range = document.createRange();
  range.selectNodeContents(box);
  const picked = getSelection();
  picked.removeAllRanges();
  picked.addRange(range);
}

async function copy(button) {
  const box = document.getElementById(button.dataset.copy);
  if (!box) return;
  try {
    if (!writes) throw new Error("no clipboard outside https");
    await navigator.clipboard.writeText(box.textContent);
  } catch {
    select(box);
    if (!document.execCommand("copy")) return;
  }
  const words = button.querySelector("span");
  if (!words || button.dataset.was) return;
  button.dataset.was = words.textContent;
  words.textContent = button.dataset.said;
  setTimeout(() => {
    words.textContent = button.dataset.was;
    delete button.dataset.was;
  }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
document.documentElement.dataset.copies = "";
