// A button that undoes what was just done goes away after ten seconds, unless somebody is on it.
(() => {
  "use strict";

  const UNDO_MS = 10_000;

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("[data-undo]")) {
      const leave = () => {
        if (form.contains(document.activeElement) || form.matches(":hover")) setTimeout(leave, UNDO_MS);
        else form.hidden = true;
      };
      setTimeout(leave, UNDO_MS);
    }
  });
})();
