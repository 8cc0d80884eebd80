// Gives the pickers (select2) the names of their fields, which they keep from screen readers.
(() => {
  "use strict";

  const labelOf = (container) => {
    const select = container.previousElementSibling;
    const label = select?.labels?.[0];
    if (label && !label.id) label.id = `${select.id}_label`;
    return label;
  };

  const nameClosed = (container) => {
    const label = labelOf(container);
    const shown = container.querySelector(".select2-selection__rendered");
    const own = container.previousElementSibling?.getAttribute("aria-label");
    if (!label && own && shown) {  // a select in a row of a table
      container.dataset.named = "yes";
      container.querySelector("[role=combobox]")?.setAttribute("aria-label", `${own} : ${shown.textContent.trim()}`);
      container.querySelector("[role=combobox]")?.removeAttribute("aria-labelledby");
      shown.setAttribute("aria-label", own);
      return;
    }
    if (!label || !shown) return;
    container.dataset.named = "yes";
    container.querySelector("[role=combobox]")?.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
    shown.setAttribute("aria-labelledby", label.id);
  };

  const nameOpen = () => {
    const open = document.querySelector("select + .select2-container--open");
    const label = open && labelOf(open);
    const name = label?.textContent.trim() || open?.previousElementSibling.getAttribute("aria-label");
    if (!name) return;
    const parts = ".select2-dropdown .select2-search__field, .select2-dropdown [role=listbox]";
    for (const part of document.querySelectorAll(parts)) {
      if (!part.hasAttribute("aria-label")) part.setAttribute("aria-label", name);
    }
  };

  const nameAll = () => {
    document.querySelectorAll("select + .select2-container:not([data-named])").forEach(nameClosed);
    nameOpen();
  };

  new MutationObserver(nameAll).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", nameAll);
  // A row that was added: its selects are searched too, and one types where it begins.
  document.addEventListener("formset:added", (event) => {
    django.jQuery(event.target).find(".unfold-admin-autocomplete").djangoCustomSelect2();
    event.target.querySelector("textarea, input:not([type=hidden]), select")?.focus();
  });
})();
