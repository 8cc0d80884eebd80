// A button that copies what stands before it. Without a clipboard (plain http) the text is selected.
"use strict";
for (const part of document.querySelectorAll("[data-copy]")) {
    const field = part.querySelector("input"), button = part.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", async () => {
        field.select();
        try {
            await navigator.clipboard.writeText(field.value);
            button.querySelector("[aria-live]").textContent = button.dataset.done;
        } catch {
            field.focus();
        }
    });
}
