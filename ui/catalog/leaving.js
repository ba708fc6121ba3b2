// A field tells the server what it holds when it is left, or by Enter. Until then, and until the server has kept
// it, the page must not be lost.
window.attuneTyping ??= (() => {
  const was = new WeakMap();
  const note = (event) => { if ("value" in event.target) was.set(event.target, event.target.value); };
  document.addEventListener("focusin", note, true);
  document.addEventListener("change", note, true);
  return () => {
    const field = document.activeElement;
    const running = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning";
    return running || (was.has(field) && field.value !== was.get(field));
  };
})();
window.onbeforeunload = (event) => {
  if (window.attuneTyping()) { event.preventDefault(); event.returnValue = ""; }
};
