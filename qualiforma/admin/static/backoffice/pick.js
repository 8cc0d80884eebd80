// A field of checkboxes that a search adds to: what is checked is sent, as without this script.
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll(".qf-pick")) {
    const search = field.querySelector(".qf-pick-search");
    const chosen = field.querySelector(".qf-pick-chosen");
    const found = field.querySelector(".qf-pick-found");
    const said = field.querySelector("[role=status]");
    const { field: name, classes, address, none, some, more, failed } = field.dataset;
    let last = 0;
    let timer = 0;

    const item = (one) => {
      const row = document.createElement("li");
      const label = document.createElement("label");
      const box = document.createElement("input");
      Object.assign(box, { type: "checkbox", className: classes, name, value: one.id });
      label.append(box, ` ${one.text}`);
      row.append(label);
      return row;
    };
    const has = (id) => [...chosen.querySelectorAll("input")].some((box) => box.value === id);

    const look = async () => {
      const turn = ++last;
      const words = search.value.trim();
      if (!words) {
        found.replaceChildren();
        said.textContent = "";
        return;
      }
      let answer;
      try {
        answer = await (await fetch(`${address}?q=${encodeURIComponent(words)}`)).json();
      } catch {
        said.textContent = failed;
        return;
      }
      if (turn !== last) return; // an older answer that came late
      const rows = answer.results.filter((one) => !has(one.id));
      found.replaceChildren(...rows.map(item));
      said.textContent = rows.length ? `${some.replace("{n}", rows.length)}${answer.more ? ` ${more}` : ""}` : none;
    };

    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, 250);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault(); // it would save the page
        clearTimeout(timer);
        look();
      }
    });
    // What is checked moves up to what is chosen and keeps the focus.
    found.addEventListener("change", (event) => {
      const row = event.target.closest("li");
      chosen.append(row);
      event.target.focus();
    });
    search.closest(".qf-pick-add").hidden = false;
  }
});
