// Shows how long a warrant still lasts, second by second. Without it the page says it in minutes, and leaves by itself all the same.
"use strict";
for (const shown of document.querySelectorAll(".countdown")) {
  const end = performance.now() + 1000 * Number(shown.dataset.seconds);
  const two = (count) => String(count).padStart(2, "0");
  const tell = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    const hours = Math.floor(left / 3600);
    const minutes = two(Math.floor(left / 60) % 60);
    shown.textContent = (hours ? hours + ":" : "") + minutes + ":" + two(left % 60);
    if (left > 0) setTimeout(tell, 1000);
  };
  tell();
}
