// Shows how far a worker is, and the result once it is there.
(() => {
  const bar = document.getElementById("progress-bar");
  const text = document.getElementById("progress-done");
  const look = async () => {
    try {
      const answer = await fetch(bar.dataset.state, { headers: { Accept: "application/json" } });
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
