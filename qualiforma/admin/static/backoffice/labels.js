// On a phone each cell of a list stands beside its label, which Django takes from the column as it is.
// Its first letter is made a capital, as above the columns; `::first-letter` does not reach a `::before`.
(() => {
  "use strict";

  const capitalise = () => {
    for (const cell of document.querySelectorAll("[data-label]")) {
      const label = cell.dataset.label.trim();
      cell.dataset.label = label.slice(0, 1).toUpperCase() + label.slice(1);
    }
  };

  document.addEventListener("DOMContentLoaded", capitalise);
})();
