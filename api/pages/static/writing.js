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
