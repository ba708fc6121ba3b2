// Sound that a viewer has switched on stays on. Every clip comes muted, as browsers ask of what plays by itself; the
// next one in the same place is given what the last one was set to.
const startSound = () => {
  const chosen = new Map();
  const placeOf = (player) => player.closest?.('[class*="st-key-panel-slot-"]')?.className.match(/st-key-panel-slot-(\w+)/)?.[1];
  // Neither event bubbles; both can be caught on the way down.
  document.addEventListener("volumechange", ({ target }) => {
    const place = placeOf(target);
    if (place) chosen.set(place, { muted: target.muted, volume: target.volume });
  }, true);
  document.addEventListener("loadstart", ({ target }) => {
    const choice = chosen.get(placeOf(target));
    if (!choice || choice.muted) return;
    target.muted = false;
    target.volume = choice.volume;
    // A browser that wants a new touch for every sound: rather without than not at all.
    target.play?.().catch(() => { target.muted = true; target.play().catch(() => {}); });
  }, true);
};
