// What the two readers of a camera have in common (camera_watch.js, device/camera.js): whether the viewer wants it on,
// what a browser's errors are called here, and when another try is worth it. Comes before them (ui/live/scripts.py).
const ERRORS = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "busy", AbortError: "busy",
};
const ASK_MS = 700, MUTE_MS = 1500, DRY_MS = 2000;
// How long until another try; what the browser tells of, such as a camera that is back, is tried at once.
const LEAST_MS = 1000;
const AGAIN_MS = { lost: 3000, missing: 3000, silent: 5000, busy: 5000, blocked: 20000, reader: 20000 };
const MEMORY = "attune.camera", REMEMBERED_MS = 5 * 60 * 1000, LATE_MS = 6000;

class Recovery {
  constructor() {
    this.wanted = this.hint = false;
    this.reader = null;
    try {
      const kept = JSON.parse(sessionStorage.getItem(MEMORY) ?? "null");
      if (kept && Date.now() - kept.at < REMEMBERED_MS) this.wanted = kept.wanted;
    } catch {
      // A browser that keeps nothing for this page.
    }
    navigator.mediaDevices?.addEventListener?.("devicechange", () => { this.hint = true; });
    addEventListener("online", () => { this.hint = true; });
    navigator.permissions?.query({ name: "camera" }).then((permission) => {
      this.permission = permission;
      permission.addEventListener("change", () => { this.hint = permission.state === "granted"; });
    }, () => {});  // a browser that does not tell
  }

  get mayAsk() { return this.permission?.state !== "granted"; }
  get isDenied() { return this.permission?.state === "denied"; }

  // Called with each look; written once a second.
  remember() {
    if (this.wanted === this.kept && Date.now() - this.keptAt < 1000) return;
    [this.kept, this.keptAt] = [this.wanted, Date.now()];
    try {
      sessionStorage.setItem(MEMORY, JSON.stringify({ at: Date.now(), wanted: this.wanted }));
    } catch {
      // A browser that keeps nothing for this page.
    }
  }

  // A reader has left the page: the other one goes on, or the page is drawn late, or it comes back with its server. Else
  // it is the camera's end. "End" has taken the memory away, and it stays away.
  left(reader) {
    if (this.reader !== reader) return;
    this.reader = null;
    if (globalThis.attuneLink?.wasGone) return;
    const end = () => { if (!this.reader) this.wanted = false; };
    try {
      if (sessionStorage.getItem(MEMORY) === null) end();
      else setTimeout(() => { end(); if (!this.reader && sessionStorage.getItem(MEMORY) !== null) this.remember(); }, LATE_MS);
    } catch {
      end();  // a browser that keeps nothing for this page
    }
  }

  // Whether what was in the camera's way may have gone.
  async mayGo(trouble, restMs) {
    switch (trouble) {
      case "denied": return this.hint;
      case "missing":
      case "unplugged": {
        const devices = this.hint || restMs > AGAIN_MS.missing ? await navigator.mediaDevices.enumerateDevices() : [];
        return devices.some((device) => device.kind === "videoinput");
      }
      default: return this.hint || restMs > (AGAIN_MS[trouble] ?? Infinity);
    }
  }
}

const recovery = (globalThis.attuneRecovery ??= new Recovery());

