// Counts what is typed, as the clinic's limit counts it: whole characters, after composing accents.
"use strict";
const shown = document.querySelector("[data-count]");
const area = shown && document.getElementById(shown.dataset.count);
if (area && area.dataset.longest) {
  const longest = Number(area.dataset.longest);
  const tell = () => {
    const typed = [...area.value.normalize("NFC")].length;
    shown.textContent = `${typed} / ${longest}`;
    shown.classList.toggle("too-long", typed > longest);
  };
  area.addEventListener("input", tell);
  tell();
}

// Sends each chosen file ahead, as the page's own call, and leaves its id in the form.
const files = document.getElementById("files");
if (files) {
  const [input, list, state] = [files.querySelector("#file"), files.querySelector("ul"), files.querySelector("#file-state")];
  const full = () => { input.disabled = list.children.length >= Number(files.dataset.most); };
  const hidden = (name, value) => Object.assign(document.createElement("input"), { type: "hidden", name, value });
  const add = (id, name) => {
    const item = document.createElement("li");
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "button button-tertiary", textContent: files.dataset.remove });
    drop.addEventListener("click", () => { item.remove(); full(); input.focus(); });
    item.append(hidden("files", id), hidden(`name-${id}`, name), `${name} `, drop);
    list.append(item);
  };
  const send = async (file) => {
    const headers = { "X-CSRF-Token": input.form.elements.csrf.value, "Idempotency-Key": crypto.randomUUID(), "File-Name": encodeURIComponent(file.name), "Content-Type": file.type || "application/octet-stream" };
    const answer = await fetch(files.dataset.upload, { method: "POST", headers, body: file });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      throw new Error(problem.detail || files.dataset.failed);
    }
    add((await answer.json()).id, file.name);
  };
  input.hidden = false;
  full();
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.disabled = true;
    state.textContent = files.dataset.busy;
    try { await send(file); state.textContent = ""; } catch (error) { state.textContent = error.message; }
    input.value = "";
    full();
  });
}
