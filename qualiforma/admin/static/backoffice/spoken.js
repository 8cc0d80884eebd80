// What a screen reader says of the theme's own parts: icons are letters of a font, which it would spell
// out ("chevron_right"), and areas that scroll have an English name.
(() => {
  "use strict";

  const WORDS = {
    fr: { search: "Rechercher", scroll: "Zone qui défile", date: "Choisir une date", time: "Choisir une heure" },
    en: { search: "Search", scroll: "Scrollable area", date: "Choose a date", time: "Choose a time" },
  };

  const name = () => {
    const words = WORDS[document.documentElement.lang] ?? WORDS.fr;
    document.querySelector("#searchbar-submit")?.setAttribute("aria-label", words.search);
    for (const area of document.querySelectorAll("[aria-label='scrollable content']")) {
      area.setAttribute("aria-label", words.scroll);
    }
    for (const [icon, label] of [[".date-icon", words.date], [".clock-icon", words.time]]) {
      for (const one of document.querySelectorAll(icon)) one.closest("a")?.setAttribute("aria-label", label);
    }
    for (const icon of document.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) {
      const holder = icon.closest("a, button, summary");
      const text = holder ? holder.textContent.replace(icon.textContent, "").trim() : "-";
      // A button of an icon alone keeps the icon's word, unless it has a name of its own.
      if (text || holder.hasAttribute("aria-label") || holder.title) icon.setAttribute("aria-hidden", "true");
    }
  };

  window.addEventListener("load", name);
})();
