// Goes to the first of these that the page has, and shows it. Not where somebody has gone elsewhere meanwhile.
(() => {
  const wanted = WANTED, until = performance.now() + 5000;
  const began = document.activeElement;
  const stayed = () => [began, document.body, null].includes(document.activeElement);
  const go = () => {
    if (!stayed()) return;
    const found = wanted.map((one) => document.querySelector(one)).find((element) => element);
    // The last of them is for a page on which the others do not come.
    const first = found && (found.matches(wanted[0]) || performance.now() > until - 3500);
    if (first) {
      found.scrollIntoView({ block: SCROLL });
      found.focus({ preventScroll: true });
    } else if (performance.now() < until) {
      requestAnimationFrame(go);
    }
  };
  go();
})(); // SERIAL
