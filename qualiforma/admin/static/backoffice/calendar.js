// The calendar by keyboard: it takes the focus when it opens, arrows move by days and weeks, and closing
// it gives the focus back to where it was opened from.
(() => {
  "use strict";

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const isOpen = (box) => box.style.display === "block";
  let opener = null;

  const daysOf = (box) => [...box.querySelectorAll(".calendar td a")].filter((day) => /^\d+$/.test(day.textContent));
  const focusDay = (box) => {
    const days = daysOf(box);
    const chosen = box.querySelector(".calendar td.selected a") ?? box.querySelector(".calendar td.today a");
    (chosen ?? days[0])?.focus();
  };
  const watch = (box) => {
    let was = false;
    box.setAttribute("role", "dialog");
    new MutationObserver(() => {
      const is = isOpen(box);
      if (is && !was) focusDay(box);
      if (!is && was) opener?.focus();
      was = is;
    }).observe(box, { attributes: true, attributeFilter: ["style"] });
    box.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      const days = daysOf(box);
      const at = days.indexOf(document.activeElement);
      if (!step || at < 0) return;
      event.preventDefault();
      if (days[at + step]) return days[at + step].focus();
      // Past an end of the month: the next month's first days, or the last ones of the one before.
      const left = at + step - (step > 0 ? days.length : 0);
      box.querySelector(step > 0 ? ".calendarnav-next" : ".calendarnav-previous")?.click();
      const others = daysOf(box);
      others.at(left)?.focus();
    });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".datetimeshortcuts a, .datetimeshortcuts button");
    if (link) opener = link;
  }, true);
  // Where the browser's clock differs from the server's, Django marks each field. A day is the same everywhere,
  // and of a time it is said whose it is.
  const nameTimeZones = () => {
    for (const mark of document.querySelectorAll(".timezonewarning")) {
      if (!mark.parentNode.querySelector(".vTimeField")) { mark.remove(); continue; }
      mark.className = "qf-zone";
      mark.textContent = document.body.dataset.timeZone;
    }
  };
  window.addEventListener("load", () => setTimeout(nameTimeZones)); // after Django's, of the same moment
  const start = () => {
    const seen = new WeakSet();
    new MutationObserver(() => {
      for (const box of document.querySelectorAll(".calendarbox")) {
        if (!seen.has(box)) {
          seen.add(box);
          watch(box);
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
    document.querySelectorAll(".calendarbox").forEach((box) => { seen.add(box); watch(box); });
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
