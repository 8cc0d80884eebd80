// What the answers change, as they are ticked; without this script a button says it.
"use strict";

const form = document.querySelector("form[data-preview]");
let asked = 0;

async function preview() {
  const mine = (asked += 1);
  const body = new FormData(form);
  body.append("preview", "1");
  const answer = await fetch(form.action, { method: "POST", body });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById(form.dataset.preview);
  if (found && mine === asked) {
    document.getElementById(form.dataset.preview).replaceChildren(...found.childNodes);
  }
}

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.type === "checkbox") preview();
  });
}
