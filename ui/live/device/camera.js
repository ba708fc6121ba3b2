// The camera that is read on this device: opens it, shows the picture as a mirror does, has a worker read the newest
// frame, draws the boxes, and sends the numbers over the page's live socket (link.js). No picture leaves the page. Tells
// the server in one word what keeps it from reading, and starts again when that has gone (recovery.js). Without a
// manifest it sends small pictures over that socket instead, each when the one before was taken up.
const PERIOD_MS = 1000 / 15, HIDDEN_MS = 900, REST = 1.25, LOOK_MS = 15;
const OPEN_MS = 90000, ANSWER_MS = 10000, WATCH_MS = 6000, LEAST_RATE = 3, STEADY_MS = 60000;
const LONGEST_PX = 640, MOST_FACES = 16, SAME_FACE = 0.2, KEPT_MS = 700, STILL_MS = 1300;
const TELL_MS = 150, TELL_FIRST = 2;
const PICTURE_MS = 200, PICTURE_PX = 320, PICTURE_BYTES = 48 * 1024, LOST_MS = 2000, JPEG_QUALITY = 0.8;
const WANTED = { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30, max: 30 } };
// A module with one SIMD instruction: what cannot take it cannot take the runtime.
const SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

const canRead = () => Boolean(globalThis.WebAssembly?.validate(SIMD));

const rounded = (value, places) => Number(value.toFixed(places));

const overlap = (a, b) => {
  const wide = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const high = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  return wide <= 0 || high <= 0 ? 0 : (wide * high) / (a[2] * a[3] + b[2] * b[3] - wide * high);
};

class Camera {
  constructor() {
    this.root = document.createElement("div");
    this.root.className = "at-device";
    this.root.dataset.testid = "device-camera";
    this.root.innerHTML = `
      <div class="at-device-frame" hidden><video muted playsinline></video><div class="at-device-boxes"></div></div>
      <div class="at-device-buttons"><button type="button"></button><select hidden></select></div>`;
    const find = (what) => this.root.querySelector(what);
    [this.frame, this.video, this.boxes, this.button, this.select] =
      [".at-device-frame", "video", ".at-device-boxes", "button", "select"].map(find);
    this.button.onclick = () => {
      recovery.wanted = this.state === "off";
      if (recovery.wanted) this.start();
      else this.stop();
    };
    this.select.onchange = () => {
      this.deviceId = this.select.value;
      this.start();
    };
    this.run = 0;
    this.answers = [];
    this.trouble = this.error = "";
    this.startedAt = -Infinity;
    this.mark("off");
    document.addEventListener("attune:news", ({ detail }) => {
      if ("faces" in detail) this.labels = detail.faces;
      if (this.sends && "read" in detail) this.answered(detail.read);
      if (this.sends && this.state === "live" && this.labels?.size) {
        this.draw(this.labels.size, this.labels.boxes, performance.now());
      }
    });
    document.addEventListener("visibilitychange", () => this.measure());
  }

  attach(component) {
    const { parentElement, data } = this.component = component;
    this.data = data;
    this.told = data.told;
    const isNew = recovery.reader !== this;
    recovery.reader = this;
    if (this.sends !== !data.manifest) {
      this.sends = !data.manifest;
      this.stop();
      this.closeWorker();
    }
    if (this.root.parentElement !== parentElement) parentElement.append(this.root);
    this.select.setAttribute("aria-label", data.words.camera);
    this.mark(this.state);
    // It takes a moment to load, so it begins before somebody presses the button.
    if (!this.sends && !canRead()) this.stop("simd");
    else if (!this.sends && this.trouble !== "reader") this.openWorker();
    this.timer ??= setInterval(() => this.look(), LOOK_MS);
    // It was on a moment ago, read elsewhere or by a server that has gone.
    const begins = data.start && data.start !== this.startedBy;
    this.startedBy = data.start;
    if (begins) recovery.wanted = true;
    if ((isNew || begins) && recovery.wanted && this.state === "off") this.start();
  }

  detach(component) {
    if (this.component !== component) return;
    this.component = null;
    setTimeout(() => {
      // What follows at once is a new drawing of the same page; else its end.
      if (this.component) return;
      this.stop();
      clearInterval(this.timer);
      this.timer = null;
      this.closeWorker();
      recovery.left(this);
    }, 1500);
  }

  mark(state) {
    this.state = this.root.dataset.state = state;
    this.frame.hidden = state !== "live";
    this.button.textContent = this.data ? this.data.words[state === "off" ? "start" : "stop"] : "";
    this.button.classList.toggle("at-device-go", state === "off");
  }

  // In one word what the viewer should know; "off" is a camera that nobody wants on.
  word(now) {
    if (this.state === "off") return this.trouble || "off";
    if (this.state === "starting") return now - this.askedAt > ASK_MS && recovery.mayAsk ? "asking" : this.trouble || "starting";
    // Out of sight a browser counts no pictures.
    if (this.isStill && now - this.framedAt > DRY_MS) return "silent";
    return this.isSlow ? "slow" : "";
  }

  tell(now) {
    const word = this.word(now), told = `${word} ${document.hidden}`, { component } = this;
    this.root.dataset.said = word;
    if (!component || told === this.told || globalThis.attuneLink?.isGone) return;
    this.told = told;
    const said = { trouble: word, hidden: document.hidden, error: this.error.slice(0, 200) };
    turns.take(() => { if (this.component === component) component.setStateValue("said", said); });
  }

  // --- the camera ---

  async start() {
    const { trouble } = this;
    this.stop(trouble);
    if (!this.sends && !canRead()) return this.stop("simd");
    if (!navigator.mediaDevices?.getUserMedia) return this.stop("insecure");
    const run = ++this.run;
    this.startedAt = this.askedAt = performance.now();
    this.mark("starting");
    if (!this.sends) this.openWorker();
    try {
      const which = this.deviceId ? { ...WANTED, facingMode: undefined, deviceId: { ideal: this.deviceId } } : WANTED;
      const stream = await navigator.mediaDevices.getUserMedia({ video: which, audio: false });
      if (run !== this.run) return stream.getTracks().forEach((track) => track.stop());
      this.askedAt = Infinity;
      this.stream = stream;
      const [track] = stream.getVideoTracks();
      track.onended = () => { if (run === this.run) this.stop(recovery.isDenied ? "denied" : "unplugged"); };
      this.video.srcObject = stream;
      await this.video.play();
      if (run !== this.run) return undefined;
      this.trouble = this.error = "";
      this.mark("live");
      this.liveAt = performance.now();
      this.follow(run);
      this.offer(track);
    } catch (error) {
      if (run === this.run) this.stop(ERRORS[error.name] ?? "failed", `${error.name}: ${error.message}`);
    }
    return undefined;
  }

  stop(trouble = "", error = "") {
    this.run += 1;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
    this.fresh = this.isStill = this.isSlow = false;
    this.answers = [];
    this.boxes.replaceChildren();
    this.trouble = trouble;
    this.error = error;
    this.mark("off");
  }

  // What was in the way may have gone by itself.
  async again(now) {
    const restMs = now - this.startedAt, { run, trouble } = this;
    if (this.tries || !recovery.wanted || !trouble || restMs < LEAST_MS || globalThis.attuneLink?.isGone) return;
    this.tries = true;
    try {
      if (!(await recovery.mayGo(trouble, restMs)) || run !== this.run || !this.component) return;
      recovery.hint = false;
      this.start();
    } finally {
      this.tries = false;
    }
  }

  follow(run) {
    if (run !== this.run) return;
    this.fresh = true;
    this.framedAt = performance.now();
    this.root.dataset.frames = Number(this.root.dataset.frames ?? 0) + 1;
    this.video.requestVideoFrameCallback(() => this.follow(run));
  }

  async offer(track) {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    this.select.hidden = cameras.length < 2;
    this.select.replaceChildren(...cameras.map(({ deviceId, label }) => new Option(label, deviceId)));
    this.select.value = track.getSettings().deviceId ?? "";
  }

  // --- the worker ---

  openWorker() {
    if (this.worker) return;
    const { base, manifest: { worker: script, runtime, detector, classifier, numbers } } = this.data;
    const whole = (path) => new URL(base + path, location.href).href;
    const worker = this.worker = new Worker(whole(script), { type: "module" });
    this.ready = false;
    this.busyAt = performance.now();
    const mine = (then) => (event) => { if (worker === this.worker) then(event); };
    worker.onerror = mine((event) => this.crashed(event.message));
    worker.onmessage = mine(({ data }) => {
      this.busyAt = null;
      if (data.failed) this.crashed(data.failed);
      else if (data.opened) this.ready = true;
      else this.take(data);
    });
    worker.postMessage({ open: {
      runtime: Object.fromEntries(Object.entries(runtime).map(([name, path]) => [name, whole(path)])),
      detector: whole(detector), classifier: whole(classifier), numbers,
    } });
  }

  closeWorker() {
    this.worker?.terminate();
    this.worker = this.busyAt = null;
    this.ready = false;
  }

  // Restarted at once; where that does not help for a while, the viewer is told, and it is tried now and then.
  crashed(why) {
    console.warn("attune: the reader has stopped:", why);
    this.closeWorker();
    const again = performance.now() - (this.crashedAt ?? -Infinity) > STEADY_MS;
    this.crashedAt = performance.now();
    this.root.dataset.crashes = Number(this.root.dataset.crashes ?? 0) + 1;
    if (again) this.openWorker();
    else this.stop("reader", String(why));
  }

  // --- reading ---

  look() {
    const now = performance.now();
    if (this.sends) {
      // An answer that does not come: the socket was away.
      if (this.busyAt !== null && now - this.busyAt > LOST_MS) this.busyAt = null;
    } else if (this.busyAt !== null && now - this.busyAt > (this.ready ? ANSWER_MS : OPEN_MS)) this.crashed("no answer");
    if (this.component) recovery.remember();
    this.lookForStill(now);
    this.tell(now);
    if (this.state === "off") this.again(now);
    if (this.state !== "live") return;
    const due = now >= (this.nextAt ?? 0) && (document.hidden || this.fresh);
    if ((this.ready || this.sends) && this.busyAt === null && due && this.video.videoWidth) {
      if (this.sends) this.sendPicture(now);
      else this.read(now);
    }
    if (!this.sends) this.measure();
  }

  // A picture that stands still is not what the camera sees. One that is paused goes on by itself; another starts anew.
  lookForStill(now) {
    if (document.hidden) this.framedAt = now;
    this.isStill = this.state === "live" && now - this.framedAt > STILL_MS;
    this.frame.classList.toggle("at-device-still", this.isStill);
    if (!this.isStill || now - this.framedAt < DRY_MS || this.stream.getVideoTracks()[0]?.muted) return;
    this.startedAt = now;
    this.stop("silent");
  }

  async read(at) {
    this.busyAt = at;
    this.fresh = false;
    const { run, worker } = this;
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, LONGEST_PX / Math.max(width, height));
    const size = { resizeWidth: Math.round(width * scale), resizeHeight: Math.round(height * scale) };
    try {
      const bitmap = await createImageBitmap(this.video, scale < 1 ? { ...size, resizeQuality: "medium" } : {});
      if (run === this.run && worker === this.worker) worker.postMessage({ bitmap, at }, [bitmap]);
      else this.busyAt = null;
    } catch {
      this.busyAt = null;  // the picture has just gone
    }
  }

  // --- without a worker: the server reads ---

  sendPicture(at) {
    this.busyAt = at;
    this.fresh = false;
    this.nextAt = at + (document.hidden ? HIDDEN_MS : PICTURE_MS);
    const { run } = this, { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, PICTURE_PX / Math.max(width, height));
    const canvas = (this.canvas ??= document.createElement("canvas"));
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(async (blob) => {
      const content = await blob?.arrayBuffer();
      const goes = content && run === this.run && content.byteLength <= PICTURE_BYTES;
      if (!goes || !globalThis.attuneLink?.sendPicture(at, content)) this.busyAt = null;
      else this.root.dataset.sent = Number(this.root.dataset.sent ?? 0) + 1;
    }, "image/jpeg", JPEG_QUALITY);
  }

  answered(at) {
    if (at === this.busyAt) this.busyAt = null;
  }

  take({ reading, at }) {
    const now = performance.now();
    // A device that needs longer than a period gets a rest too: it has other things to do.
    this.nextAt = at + Math.max(document.hidden ? HIDDEN_MS : PERIOD_MS, (now - at) * REST);
    if (this.state !== "live") return;
    this.answers = [...this.answers.filter((one) => now - one < 5000), now];
    const faces = reading.faces.slice(0, MOST_FACES).map(({ box, p, q }) => ({
      box: box.map((value, i) => rounded(value, i === 4 ? 3 : 1)), p: p.map((share) => rounded(share, 4)), q,
    }));
    this.draw(reading.size, faces, now);
    if (this.isNew(faces, at)) globalThis.attuneLink?.send({ at: rounded(at, 1), sent: rounded(performance.now(), 1), size: reading.size, faces, frame: reading.frame });
  }

  // Whether the server is told, which costs it more than anything else here. While every face looks the same as before,
  // a reading now and then says enough: less than 0.26 s apart, or the server would take the next face for believed
  // (emotion/analysis.py). Another face or expression goes out at once, and so does the one after it, which confirms it.
  isNew(faces, at) {
    const seen = faces.map(({ p }) => p.indexOf(Math.max(...p))).join();
    this.same = seen === this.seen ? this.same + 1 : 0;
    this.seen = seen;
    if (this.same >= TELL_FIRST && at - this.toldAt < TELL_MS) return false;
    this.toldAt = at;
    return true;
  }

  measure() {
    if (this.state !== "live" || document.hidden) {
      this.shownAt = null;
      return;
    }
    const now = performance.now();
    this.shownAt ??= now;
    const since = Math.max(this.liveAt, this.shownAt);
    if (!this.ready || now - since < WATCH_MS) return;
    const rate = this.answers.filter((one) => now - one < 5000).length / 5;
    this.root.dataset.rate = rate.toFixed(1);
    this.isSlow = rate < LEAST_RATE;
  }

  // Where a face is, this page knows at once; what it is called, the server says, which knows the session's corrections.
  draw([width, height], faces, now) {
    const known = this.labels?.boxes ?? [];
    if (known.length) this.namedAt = now;
    const named = faces.map((face) => [face.box, known.find(({ box }) => overlap(box, face.box) >= SAME_FACE)]);
    const shown = named.filter(([, label]) => label);
    if (!shown.length && faces.length && now - (this.namedAt ?? 0) < KEPT_MS) return;
    while (this.boxes.children.length > shown.length) this.boxes.lastChild.remove();
    shown.forEach(([[x, y, wide, high], { label, poor }], i) => {
      const box = this.boxes.children[i] ?? this.boxes.appendChild(document.createElement("div"));
      box.className = poor ? "at-device-box at-device-poor" : "at-device-box";
      const left = (100 * (width - x - wide)) / width, top = (100 * y) / height;
      box.style.cssText = `left:${left}%;top:${top}%;width:${(100 * wide) / width}%;height:${(100 * high) / height}%`;
      if (box.textContent !== label) box.replaceChildren(Object.assign(document.createElement("span"), { textContent: label }));
    });
  }
}

export default function (component) {
  // Streamlit loads this script anew with each mount; the camera stays.
  const camera = (globalThis.attuneCamera ??= new Camera());
  camera.attach(component);
  return () => camera.detach(component);
}
