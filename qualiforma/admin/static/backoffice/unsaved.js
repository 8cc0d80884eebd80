// Keeps what was typed in a record's form when another button of the page is used: it is saved first, or
// the person says that it may be lost. Leaving the page asks, as browsers do.
(() => {
  "use strict";

  const state = (form) => {
    const fields = [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "touched"].includes(name));
    return JSON.stringify(fields.map(([name, value]) => [name, value.name ?? value]));
  };

  const start = () => {
    const texts = document.getElementById("qf-unsaved-texts");
    const form = texts && document.querySelector("#content form[id$=_form][method=post]");
    if (!form) return;
    // A page that shows what was refused holds what was typed, and nothing of it is saved.
    const isRefused = document.querySelector("#content .errorlist, #content [id^=error_]") !== null;
    let initial = isRefused ? null : state(form);
    let isLeaving = false;
    const isChanged = () => state(form) !== initial;

    form.addEventListener("submit", () => { isLeaving = true; });
    window.addEventListener("beforeunload", (event) => {
      if (!isLeaving && isChanged()) event.preventDefault();
    });
    window.addEventListener("pageshow", () => { isLeaving = false; });

    const dialog = texts.content.querySelector("dialog");
    document.body.append(dialog);
    let proceed = null;

    // Saves by the form's own address: a redirect says that it is done.
    const save = async () => {
      const body = new FormData(form);
      body.append("_continue", "1");
      const address = form.getAttribute("action") || location.href;
      const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
      return answer.type === "opaqueredirect";
    };
    const leave = () => {
      isLeaving = true;
      proceed();
    };
    dialog.addEventListener("click", async (event) => {
      const choice = event.target.closest("button")?.value;
      if (!choice) return;
      if (choice === "stay") return dialog.close();
      if (choice === "lose") return leave();
      let isSaved = false;
      try {
        isSaved = await save();
      } catch {
        dialog.close();
        return;
      }
      if (isSaved) return leave();
      // What was refused is shown where it can be mended.
      isLeaving = true;
      form.requestSubmit(form.querySelector("[name=_continue]"));
    });

    const ask = (event, next) => {
      if (isLeaving || !isChanged()) return;
      event.preventDefault();
      proceed = next;
      dialog.showModal();
    };
    document.addEventListener("click", (event) => {
      if (event.target.closest("a[data-qf-discard]")) {
        isLeaving = true;
        return;
      }
      const link = event.target.closest("#content a.qf-button[href], #content a[data-qf-act]");
      if (link && !link.target) ask(event, () => { location.href = link.href; });
    });
    document.addEventListener("submit", (event) => {
      if (event.target !== form && event.target.closest("#content") && event.target.method === "post") {
        ask(event, () => event.target.submit());
      }
    });
  };

  // After the scripts that draw the form's rows and pickers.
  window.addEventListener("load", () => setTimeout(start));
})();
