// The field in the header that searches everything: Ctrl-K goes there, what is found appears below it as one
// types, arrows go through it and Escape closes it. Without this script, Enter leads to the page of results.
(() => {
  "use strict";

  const PAUSE_MS = 200;
  const LETTERS = 3;

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("[data-find]");
    if (!form) return;
    const field = form.querySelector("input");
    const results = form.querySelector(".qf-find-results");
    let timer = 0;
    let asked = 0;

    const close = () => { results.hidden = true; };

    const show = async () => {
      const words = field.value.trim();
      if (!words.split(/\s+/).some((one) => one.length >= LETTERS)) { close(); return; }
      const mine = ++asked;
      const address = `${form.getAttribute("action")}?part=1&q=${encodeURIComponent(words)}`;
      try {
        const answer = await fetch(address);
        if (answer.redirected) { location.reload(); return; }  // the session has ended: log in
        const html = await answer.text();
        if (mine !== asked || !answer.ok) return;
        results.innerHTML = html;
        results.hidden = false;
      } catch { close(); }
    };

    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, PAUSE_MS); });
    field.addEventListener("focus", () => { if (results.childElementCount && field.value) results.hidden = false; });
    document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
    form.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();  // browsers empty a search field
        close();
        field.focus();
        return;
      }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || results.hidden) return;
      event.preventDefault();
      const stops = [field, ...results.querySelectorAll("a")];
      const at = stops.indexOf(document.activeElement) + step;
      stops[(at + stops.length) % stops.length].focus();
    });
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      if (field.offsetParent === null) { location.assign(form.getAttribute("action")); return; }
      field.focus();
      field.select();
    });
  });
})();
