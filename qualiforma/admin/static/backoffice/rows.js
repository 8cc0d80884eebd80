// A row that was added takes the focus in its first field: typing goes on there.
document.addEventListener("formset:added", (event) => {
  const fields = event.target.querySelectorAll("textarea, select, input:not([type=hidden])");
  [...fields].find((one) => one.offsetParent !== null && !one.disabled)?.focus();
});
