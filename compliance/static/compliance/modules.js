// Modules of a path: dragged by pointer, moved by buttons from the keyboard. The numbers that the
// form sends follow the rows; without this script people change the numbers themselves.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector("[data-modules]");
  const list = panel && panel.querySelector("[data-list]");
  if (!list) return;
  const total = panel.querySelector(`#id_${panel.dataset.prefix}-TOTAL_FORMS`);
  const said = panel.querySelector("[data-said]");
  const blank = panel.querySelector("[data-blank]");
  const add = panel.querySelector("[data-add]");
  let dragged = null;

  const rows = () => [...list.querySelectorAll("[data-row]:not([hidden])")];
  const numberOf = row => row.querySelector("[data-order] input");
  const removal = row => row.querySelector("[data-remove] input");

  function renumber() {
    rows().forEach((row, index, all) => {
      numberOf(row).value = index + 1;
      row.classList.toggle("qf-leading", index === 0);
      row.querySelector("[data-up]").disabled = index === 0;
      row.querySelector("[data-down]").disabled = index === all.length - 1;
    });
  }

  function tell(row) {
    said.textContent = said.dataset.moved.replace("{n}", rows().indexOf(row) + 1);
  }

  function move(row, step, button) {
    const all = rows();
    const other = all[all.indexOf(row) + step];
    if (!other) return;
    list.insertBefore(row, step < 0 ? other : other.nextSibling);
    renumber();
    tell(row);
    // At an end the button is off: the focus goes to its twin.
    (button.disabled ? row.querySelector(step < 0 ? "[data-down]" : "[data-up]") : button).focus();
  }

  function drop(row) {
    const all = rows();
    const next = all[all.indexOf(row) + 1] || all[all.indexOf(row) - 1];
    if (removal(row)) removal(row).checked = true;
    row.hidden = true;
    renumber();
    said.textContent = said.dataset.removed;
    (next ? next.querySelector("select") : add).focus();
  }

  function wire(row) {
    for (const part of ["[data-handle]", "[data-moves]"]) row.querySelector(part).hidden = false;
    const remove = row.querySelector("[data-remove]");
    if (remove) remove.hidden = true;
    numberOf(row).readOnly = true;
    row.querySelector("[data-up]").addEventListener("click", event => move(row, -1, event.currentTarget));
    row.querySelector("[data-down]").addEventListener("click", event => move(row, 1, event.currentTarget));
    row.querySelector("[data-drop]").addEventListener("click", () => drop(row));
    // Only by its handle: dragging must not take text out of fields.
    const handle = row.querySelector("[data-handle]");
    handle.addEventListener("pointerdown", () => { row.draggable = true; });
    handle.addEventListener("pointerup", () => { row.draggable = false; });
    row.addEventListener("dragstart", event => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      row.classList.add("qf-dragged");
    });
    row.addEventListener("dragend", () => {
      row.draggable = false;
      row.classList.remove("qf-dragged");
      dragged = null;
      renumber();
      tell(row);
    });
  }

  list.addEventListener("dragover", event => {
    if (!dragged) return;
    event.preventDefault();
    const after = rows().find(row => {
      const box = row.getBoundingClientRect();
      return row !== dragged && event.clientY < box.top + box.height / 2;
    });
    list.insertBefore(dragged, after || null);
  });
  list.addEventListener("drop", event => event.preventDefault());

  add.hidden = false;
  add.addEventListener("click", () => {
    const holder = document.createElement("ol");
    holder.innerHTML = blank.innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.querySelector("[data-row]");
    total.value = Number(total.value) + 1;
    list.append(row);
    wire(row);
    renumber();
    row.querySelector("select").focus();
  });

  // Blank rows are there for those without this script.
  const filled = row => row.querySelector("[data-course] select").value !== "";
  if (rows().some(filled)) {
    rows().filter(row => !filled(row)).forEach(row => { row.hidden = true; });
  }
  list.querySelectorAll("[data-row]").forEach(wire);
  renumber();
});
