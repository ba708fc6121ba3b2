// The viewer's own picture, mirrored, with what was read drawn over it: inside streamlit-webrtc's frame, above its
// buttons. What the server gets is smaller; nothing comes back from it but where faces are and what they show.
const LOOK_MS = 250, SENT_PX = 320, SMALL_FACE = 0.2, LARGE_FACE = 0.3, STALE_MS = 1000, EASE = 0.4;
// As in device/camera.css.
const GOOD = "#ffd152", POOR = "#bcc0c6", INK = "#141820";

class OwnPicture {
  constructor() {
    this.peers = new WeakMap();
    this.drawn = new Map();
    this.timer = null;
    document.addEventListener("attune:news", ({ detail }) => {
      if (!("faces" in detail)) return;
      this.faces = detail.faces;
      this.toldAt = performance.now();
    });
  }

  attach(component) {
    this.component = component;
    this.timer ??= setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  detach(component) {
    if (this.component !== component) return;
    this.component = null;
    setTimeout(() => {
      if (this.component) return;
      clearInterval(this.timer);
      this.timer = null;
      this.remove();
    }, 1500);
  }

  // The frame keeps its connection to itself. By document: its window stays the same when another page is loaded.
  peer(view) {
    if (!this.peers.has(view.document)) {
      const kept = { peer: null };
      this.peers.set(view.document, kept);
      if (!view.RTCPeerConnection) return null;  // camera_watch.js says so
      view.RTCPeerConnection = class extends view.RTCPeerConnection {
        constructor(...given) {
          super(...given);
          kept.peer = this;
        }
      };
    }
    return this.peers.get(view.document).peer;
  }

  // Shows the picture of a connection that runs, and takes it away with it.
  look() {
    const frame = document.querySelector('iframe[title*="webrtc"]'), view = frame?.contentWindow;
    if (!view?.document?.getElementById("root")) { this.remove(); return; }
    const peer = this.peer(view), runs = peer?.connectionState === "connected";
    const sender = runs ? peer.getSenders().find(({ track }) => track?.kind === "video") : null;
    const { track } = sender ?? {};
    if (track?.readyState !== "live") { this.remove(); return; }
    if (this.video && !this.video.isConnected) this.remove();
    const row = view.document.querySelector("#root button")?.closest("#root > div > div");
    const place = this.video?.parentElement ?? row?.previousElementSibling;
    if (!place) return;
    if (!this.video) this.put(view, place);
    if (this.video.srcObject?.getVideoTracks()[0] !== track) this.video.srcObject = new view.MediaStream([track]);
    this.send(sender, track);
  }

  put(view, place) {
    const inner = view.document;
    const video = this.video = inner.createElement("video"), canvas = this.canvas = inner.createElement("canvas");
    Object.assign(video, { autoplay: true, playsInline: true, muted: true });
    canvas.setAttribute("aria-hidden", "true");
    const fit = () => this.fit(view);
    // The picture's size comes with its first frame, and the page's looks may come later (camera_watch.js).
    this.sizes = new view.ResizeObserver(fit);
    this.sizes.observe(inner.getElementById("root"), { box: "border-box" });
    place.append(video, canvas);
    const draw = () => {
      if (this.canvas !== canvas) return;
      this.draw();
      view.requestAnimationFrame(draw);
    };
    view.requestAnimationFrame(draw);
  }

  remove() {
    const { video, canvas } = this;
    this.video = this.canvas = this.faces = null;
    this.drawn.clear();
    if (!video) return;
    const view = video.ownerDocument.defaultView;
    this.sizes.disconnect();
    video.srcObject = null;
    video.remove();
    canvas.remove();
    if (view) this.fit(view);
  }

  // The frame is as high as what is in it.
  fit(view) {
    const height = view.document.body.scrollHeight;
    const data = { isStreamlitMessage: true, type: "streamlit:setFrameHeight", height };
    dispatchEvent(new MessageEvent("message", { data, source: view, origin: view.origin }));
  }

  // A small picture is read as well as a large one, as long as the faces in it are not small.
  send(sender, track) {
    const { width } = track.getSettings(), given = sender.getParameters();
    if (!given.encodings?.length || !width) return;
    const share = this.faces?.size ? Math.max(0, ...this.faces.boxes.map(({ box }) => box[2] / this.faces.size[0])) : 0;
    if (share > LARGE_FACE) this.whole = false;
    else if (share > 0 && share < SMALL_FACE) this.whole = true;
    const scale = this.whole ? 1 : Math.max(1, width / SENT_PX);
    if (given.encodings[0].scaleResolutionDownBy === scale) return;
    given.encodings[0].scaleResolutionDownBy = scale;
    sender.setParameters(given).catch(() => {});  // a browser that sends one size alone
  }

  draw() {
    const { video, canvas } = this, wide = video.clientWidth, high = video.clientHeight, fine = devicePixelRatio;
    if (canvas.width !== Math.round(wide * fine) || canvas.height !== Math.round(high * fine))
      Object.assign(canvas, { width: Math.round(wide * fine), height: Math.round(high * fine) });
    const pen = canvas.getContext("2d");
    pen.setTransform(fine, 0, 0, fine, 0, 0);
    pen.clearRect(0, 0, wide, high);
    const fresh = this.faces?.size && performance.now() - this.toldAt < STALE_MS && !video.ownerDocument.documentElement.hasAttribute("data-attune-still");
    if (!fresh) { this.drawn.clear(); return; }
    const scale = wide / this.faces.size[0];
    this.faces.boxes.forEach((face, n) => {
      const [x, y, w, h] = face.box.map((px) => px * scale), before = this.drawn.get(n);
      // As in a mirror; the words stay readable.
      const wanted = [wide - x - w, y, w, h];
      const at = before ? before.map((px, i) => px + EASE * (wanted[i] - px)) : wanted;
      this.drawn.set(n, at);
      this.face(pen, at, face, wide, high);
    });
    for (const n of this.drawn.keys()) if (n >= this.faces.boxes.length) this.drawn.delete(n);
  }

  face(pen, [x, y, w, h], { label, poor }, wide, high) {
    const color = poor ? POOR : GOOD, font = getComputedStyle(document.documentElement).getPropertyValue("--at-font");
    const line = Math.max(2, Math.min(wide, high) / 140), text = Math.min(22, Math.max(11, Math.min(wide, high) / 18));
    for (const [style, width] of [[INK, line + 2], [color, line]]) {
      Object.assign(pen, { strokeStyle: style, lineWidth: width });
      pen.beginPath();
      pen.roundRect(x, y, w, h, 0.08 * Math.min(w, h));
      pen.stroke();
    }
    pen.font = `600 ${text}px ${font || "sans-serif"}`;
    const pad = text / 2, tall = 1.6 * text, long = pen.measureText(label).width + 2 * pad;
    // Above the box if there is room, else below it, and always inside the picture.
    const above = y - tall - line, top = Math.min(Math.max(0, above >= 0 ? above : y + h + line), high - tall);
    const left = Math.min(Math.max(0, x), Math.max(0, wide - long));
    pen.fillStyle = color;
    pen.beginPath();
    pen.roundRect(left, top, long, tall, 0.36 * tall);
    pen.fill();
    Object.assign(pen, { fillStyle: INK, textBaseline: "middle" });
    pen.fillText(label, left + pad, top + tall / 2);
  }
}

export default function (component) {
  // Streamlit loads this script anew with each mount; the picture stays.
  const picture = (globalThis.attunePicture ??= new OwnPicture());
  picture.attach(component);
  return () => picture.detach(component);
}
