// The fields that belong to the kind of evidence that is chosen; without this script all are shown.
(() => {
  "use strict";

  const KINDS_OF = { file: ["FILE", "RECORD", "STATEMENT"], url: ["LINK"] };

  document.addEventListener("DOMContentLoaded", () => {
    const kind = document.querySelector("select[name=kind]");
    if (!kind) return;
    const show = () => {
      for (const [name, kinds] of Object.entries(KINDS_OF)) {
        const field = document.querySelector(`[name=${name}]`);
        if (!field) continue;
        field.disabled = !kinds.includes(kind.value);
        field.closest(".form-row").hidden = field.disabled;  // what stands beside it, too
      }
    };
    kind.addEventListener("change", show);
    show();
  });
})();
