// Sends with a form the names of the fields that the person touched: where somebody else changed the
// record meanwhile, the other fields take the present values. Compared with what the page was made with.
(() => {
  "use strict";

  const wasChosen = (one) => {
    if (one.type === "checkbox" || one.type === "radio") return one.defaultChecked ? [one.value] : [];
    if (one.options) {
      const chosen = [...one.options].filter((option) => option.defaultSelected);
      if (!chosen.length && !one.multiple && one.options.length) chosen.push(one.options[0]);
      return chosen.map((option) => option.value);
    }
    return one.type === "file" ? [] : [one.defaultValue];
  };
  const isChosen = (one) => {
    if (one.type === "checkbox" || one.type === "radio") return one.checked ? [one.value] : [];
    if (one.options) return [...one.selectedOptions].map((option) => option.value);
    return one.type === "file" ? [...one.files].map((file) => file.name) : [one.value];
  };
  const valuesOf = (form, read) => {
    const found = new Map();
    for (const one of form.elements) {
      if (!one.name || one.type === "hidden" && !one.closest(".qf-pick") || /^(button|submit)$/.test(one.type)) continue;
      found.set(one.name, [...(found.get(one.name) ?? []), ...read(one)]);
    }
    return found;
  };

  document.addEventListener("formdata", (event) => {
    const form = event.target;
    if (!form.elements.namedItem("touched")) return;
    const before = valuesOf(form, wasChosen);
    const after = valuesOf(form, isChosen);
    const names = new Set(event.formData.get("touched").split(",").filter(Boolean));
    for (const [name, values] of after) {
      const kept = before.get(name) ?? [];
      if (values.length !== kept.length || values.some((one) => !kept.includes(one))) names.add(name);
    }
    event.formData.set("touched", [...names].join(","));
  }, true);
})();
