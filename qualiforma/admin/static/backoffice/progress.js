// Shows how far a worker is, and the result once it is there. Stops where nobody is logged in any more.
(() => {
  const bar = document.getElementById("progress-bar");
  const text = document.getElementById("progress-done");
  const look = async () => {
    try {
      const answer = await fetch(bar.dataset.state, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) {
        location.reload(); // leads to the login, or says that it is not there
        return;
      }
      const state = await answer.json();
      bar.max = state.total;
      bar.value = state.done;
      text.textContent = `${state.done} / ${state.total}`;
      if (!state.running) {
        location.reload();
        return;
      }
    } catch {
      // The next look may succeed.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
})();
