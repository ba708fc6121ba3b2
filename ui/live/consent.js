// This tab agreed to the camera, and its page was there until a moment ago: the server forgot it, as after a
// restart, or the page was loaded again. Then the question need not be asked again. What is remembered is kept up
// by camera_watch.js, and ends with "End".
const MEMORY = "attune.camera", REMEMBERED_MS = 5 * 60 * 1000;

export default function (component) {
  try {
    if (component.data?.forget) {
      sessionStorage.removeItem(MEMORY);
      return;
    }
    const kept = JSON.parse(sessionStorage.getItem(MEMORY) ?? "null");
    if (kept && Date.now() - kept.at < REMEMBERED_MS) turns.take(() => component.setTriggerValue("agreed", true));
  } catch {
    // A browser that keeps nothing for this page: the question is asked again.
  }
}
