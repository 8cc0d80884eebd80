"use strict";

// Keeps in view what the workers are doing: a place whose content says that something is pending is
// asked for anew. Without this script the page says the same when it is loaded again.
(() => {
  const PERIOD = 2000;
  const LONGEST = 30000;

  const isPending = (place) => place.querySelector("[data-qf-pending]") !== null;

  function follow(place, delay) {
    if (isPending(place)) {
      setTimeout(() => refresh(place, delay), delay);
    }
  }

  async function refresh(place, delay) {
    if (document.hidden) {
      follow(place, PERIOD);
      return;
    }
    let text;
    try {
      const answer = await fetch(place.dataset.qfLive, { redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) {
        return; // logged out, or no longer there
      }
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      text = await answer.text();
    } catch {
      follow(place, Math.min(delay * 2, LONGEST));
      return;
    }
    show(place, text);
    follow(place, PERIOD);
  }

  function show(place, text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    if (fresh.innerHTML.trim() === place.dataset.qfShown) {
      return; // nothing is said twice to those who listen
    }
    place.dataset.qfShown = fresh.innerHTML.trim();
    const held = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.replaceChildren(...fresh.childNodes);
    if (held) {
      const again = document.getElementById(held);
      (again || place).focus();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-qf-live]")) {
      follow(place, PERIOD);
    }
  });
})();
