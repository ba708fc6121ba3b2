// Sends one change to the server at a time. Comes before the scripts that send (ui/live/scripts.py).
//
// Streamlit collects the changes of a moment and sends them together, as changes of the fragment of the first
// ("Multiple different fragmentIds detected in a single batch"). A change of another part of the page then runs the
// wrong part: an offer of the camera that comes with a batch of impressions runs the stage alone, and the camera
// does not start. So what scripts send waits for its turn: apart from one another, and from a hand that is pressing
// something right now.
const turns = (globalThis.attuneTurns ??= (() => {
  const APART_MS = 30, HAND_MS = 250;
  const waiting = [];
  let busy = false, touchedAt = -Infinity;
  const next = () => {
    busy = waiting.length > 0;
    if (!busy) return;
    const restMs = touchedAt + HAND_MS - performance.now();
    if (restMs > 0) { setTimeout(next, restMs); return; }
    waiting.shift()();
    // Streamlit sends in a timeout of 0 that was set in that call: before this one.
    setTimeout(next, APART_MS);
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { touchedAt = performance.now(); }, true);
  return { take: (send) => { waiting.push(send); if (!busy) next(); } };
})());

