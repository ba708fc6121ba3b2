// When a card changes under somebody who works by keyboard, the same control of the new card gets the focus: it would
// else fall to the page's beginning.
const startFocus = () => {
  const LOOK_MS = 100;
  const SAME = ["[data-event='like']", "[data-event='dislike']", "[data-event='skip']", "a.at-action", "video, audio"];
  let last = null;
  document.addEventListener("focusin", ({ target }) => {
    const place = target.closest('[class*="st-key-panel-slot-"]')?.className.match(/st-key-panel-slot-\w+/)[0];
    const same = SAME.find((selector) => target.matches(selector));
    last = place && same ? { target, same, place } : null;
  });
  setInterval(() => {
    if (!last || last.target.isConnected || document.activeElement !== document.body) return;
    const panel = document.getElementsByClassName(last.place)[0], card = panel?.querySelector("article");
    const next = panel?.querySelector(last.same) ?? card;
    if (!next) return;
    if (next === card) card.tabIndex = -1;
    next.focus({ preventScroll: true });
  }, LOOK_MS);
};
