// Files dropped anywhere on the frame go into the input that stands in it; one over the limit is
// refused here already, before it travels.
document.addEventListener("DOMContentLoaded", () => {
  for (const frame of document.querySelectorAll(".qf-drop")) {
    const input = frame.querySelector("input[type=file]");
    const said = frame.querySelector(".qf-drop-said");
    input.hasChangeListener = true; // the theme's own looks for a field that is not here, and throws
    const most = Number(input.dataset.most || Infinity);
    const say = (text) => {
      said.textContent = text || "";
      said.hidden = !text;
      input.setCustomValidity(text || "");
    };
    const check = () => say(input.files[0]?.size > most ? said.dataset.tooLarge : "");
    const mark = (event, on) => {
      event.preventDefault();
      frame.classList.toggle("qf-over", on);
    };
    frame.addEventListener("dragover", (event) => mark(event, true));
    frame.addEventListener("dragleave", (event) => mark(event, false));
    frame.addEventListener("drop", (event) => {
      mark(event, false);
      const files = event.dataTransfer.files;
      if (files.length > 1) {
        say(said.dataset.tooMany);
      } else if (files.length === 1) {
        input.files = files;
        check();
      }
    });
    input.addEventListener("change", check);
    input.form.addEventListener("submit", (event) => {
      if (input.validationMessage && !said.hidden) event.preventDefault();
    });
  }
});
