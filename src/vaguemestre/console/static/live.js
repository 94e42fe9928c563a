// Puts numbers of now where the page has them, while it is looked at. Without it the page tells those of when it was asked for.
"use strict";
const shown = document.querySelector("[data-live]");
let source = null;
const look = () => {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (!source) {
    source = new EventSource(shown.dataset.live);
    source.onmessage = (event) => {
      const told = JSON.parse(event.data);
      for (const place of shown.querySelectorAll("[data-number]")) {
        place.textContent = told[place.dataset.number] ?? "";
      }
    };
  }
};
document.addEventListener("visibilitychange", look);
look();
