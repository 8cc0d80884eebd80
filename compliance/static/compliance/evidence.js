// The fields that belong to the kind of evidence that is chosen; without this script all are shown.
(() => {
  "use strict";

  const FILED = ["FILE", "RECORD", "STATEMENT"];
  const KINDS_OF = { file: FILED, free_of_personal_data: FILED, url: ["LINK"] };

  document.addEventListener("DOMContentLoaded", () => {
    const kind = document.querySelector("select[name=kind]");
    if (!kind) return;
    const show = () => {
      for (const [name, kinds] of Object.entries(KINDS_OF)) {
        const field = document.querySelector(`[name=${name}]`);
        if (!field) continue;
        field.disabled = !kinds.includes(kind.value);
        field.closest(".form-row").hidden = field.disabled;
      }
    };
    kind.addEventListener("change", show);
    show();
  });
})();
