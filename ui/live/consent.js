// This tab was in the middle of a visit until a moment ago: its server has gone, or the page was loaded again. What
// link.js has kept of it is handed over, and nothing is asked again. "End" is the end of that, and of what
// camera_watch.js remembers.
const KEPT = ["attune.visit", "attune.camera"];

export default function (component) {
  try {
    if (component.data?.forget) {
      KEPT.forEach((name) => sessionStorage.removeItem(name));
      return;
    }
    const token = sessionStorage.getItem(KEPT[0]);
    if (token) turns.take(() => component.setTriggerValue("visit", token));
  } catch {
    // A browser that keeps nothing for this page: the question is asked again.
  }
}
