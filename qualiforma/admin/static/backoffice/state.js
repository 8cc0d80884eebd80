// Selects of a list that change a record at once. What was done is said aloud and can be undone for ten
// seconds; what is refused is said too, and the select shows again what is saved.
(() => {
  "use strict";

  const UNDO_MS = 10_000;
  let toast = null;
  let timer = 0;

  const tell = (text, undo, label) => {
    toast.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
    if (undo) {
      const button = Object.assign(document.createElement("button"), {
        type: "button", className: "qf-button", textContent: label,
      });
      button.addEventListener("click", undo);
      toast.append(button);
    }
    toast.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => { toast.hidden = true; }, UNDO_MS);
  };

  const send = async (select, status, before, isUndo = false) => {
    const body = new FormData();
    if (isUndo) body.append("undo", "1");
    else if (status === select.dataset.asks) {
      const reason = window.prompt(select.dataset.question, "");
      if (reason === null) {
        select.value = before;
        return;
      }
      body.append("reason", reason);
    }
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("status", status);
    select.disabled = true;
    let said = "";
    let isDone = false;
    try {
      const answer = await fetch(select.dataset.qfState, { method: "POST", body });
      isDone = answer.ok;
      said = (await answer.json()).said;
    } catch {
      said = select.getAttribute("aria-label");
    }
    select.disabled = false;
    select.value = isDone ? status : before;
    select.dataset.saved = select.value;
    select.focus();
    const undo = isDone && !isUndo && before !== status && (() => send(select, before, status, true));
    tell(said, undo || null, select.dataset.undo);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const selects = document.querySelectorAll("select[data-qf-state]");
    if (!selects.length) return;
    toast = Object.assign(document.createElement("div"), { className: "qf-toast", hidden: true });
    toast.setAttribute("role", "status");
    document.body.append(toast);
    for (const select of selects) {
      select.dataset.saved = select.value;
      select.addEventListener("change", () => send(select, select.value, select.dataset.saved));
    }
  });
})();
