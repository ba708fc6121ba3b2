// Watches the frame in which streamlit-webrtc shows the camera. Tells the server in one word what keeps the camera
// from being seen, for as long as it does; starts it again when what was in its way has gone; hides a picture that
// stands still; and dresses the frame in the page's colours and letters. The frame is of this page's own origin but
// keeps to itself what happens in it, so the browser's own camera and connection are tapped there.
const LOOK_MS = 250, SEE_MS = 100;
const CONNECT_MS = 8000, ANSWER_MS = 30000, STILL_MS = 1100;
const WORN = ["accent", "accent-text", "surface", "soft", "text", "muted", "line", "font"].map((name) => `--at-${name}`);

// The page's own fonts, with whole addresses: the frame lies in another folder.
const fonts = () => [...document.styleSheets].flatMap((sheet) => {
  try {
    return [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule && rule.cssText.includes("Source"))
      .map((rule) => rule.cssText.replace(/url\("([^"]+)"\)/g, (_, to) => `url("${new URL(to, sheet.href ?? document.baseURI)}")`));
  } catch {
    return [];  // a sheet from elsewhere, which may not be read
  }
});

const dress = (inner, sheet) => {
  if (!inner.getElementById("attune-look")) {
    const style = inner.createElement("style");
    style.id = "attune-look";
    style.textContent = fonts().join("\n") + sheet;
    inner.head.append(style);
  }
  inner.documentElement.toggleAttribute("data-small", innerWidth <= 704);
  const own = getComputedStyle(document.documentElement);
  for (const name of WORN) inner.documentElement.style.setProperty(name, own.getPropertyValue(name));
};

// The frame tells each network candidate by itself, eight and more within a moment, and the whole page runs for
// each. The last one says it all: the newest is held for a moment and then sent in its turn (turns.js).
const TOGETHER_MS = 60;
const tellInTurn = (view) => {
  let newest = null;
  const deliver = (data) => dispatchEvent(new MessageEvent("message", { data, source: view, origin: view.origin }));
  // The frame sends by window.parent.postMessage alone.
  view.parent = {
    postMessage(message) {
      const data = structuredClone(message);
      if (data?.type !== "streamlit:setComponentValue") {
        setTimeout(() => deliver(data));
        return;
      }
      const first = newest === null;
      newest = data;
      if (first) setTimeout(() => turns.take(() => { const last = newest; newest = null; deliver(last); }), TOGETHER_MS);
    },
  };
};

// What the frame asks of the browser, and what came of it.
class Tap {
  constructor(view, resume) {
    this.pressedAt = -Infinity;
    this.askedAt = null;
    this.error = null;
    this.refused = null;
    this.forget(null);
    // The camera was on when this frame came, as after a server's restart: it starts once by itself.
    this.resume = resume;
    const tap = this, media = view.navigator.mediaDevices;
    if (media) {
      const ask = media.getUserMedia.bind(media);
      media.getUserMedia = async (wanted) => {
        tap.pressedAt = -Infinity;
        tap.askedAt = performance.now();
        try {
          const stream = await ask(wanted);
          tap.error = null;
          // Told only where the track did not end by our own doing.
          for (const track of stream.getVideoTracks())
            track.addEventListener("ended", () => { if (tap.track === track) tap.pulled = true; });
          return stream;
        } catch (error) {
          tap.error = error;
          throw error;
        } finally {
          tap.askedAt = null;
        }
      };
    }
    this.none = !view.RTCPeerConnection;
    if (this.none) return;
    view.RTCPeerConnection = class extends view.RTCPeerConnection {
      constructor(...given) {
        tap.pressedAt = -Infinity;
        try {
          super(...given);
        } catch (error) {
          tap.refused = error;
          throw error;
        }
        tap.error = tap.refused = null;
        tap.forget(this);
        this.addEventListener("connectionstatechange", () => {
          if (this.connectionState === "connected" && tap.peer === this) tap.wasConnected = true;
        });
      }
    };
  }

  // A new connection begins; nothing of the last one is true of it.
  forget(peer) {
    this.peer = peer;
    this.wasConnected = false;
    this.pulled = false;
    this.dry = false;
    this.flows = false;
    this.flowedAt = null;
    this.frames = null;
  }

  get track() {
    return this.peer?.getSenders().map((sender) => sender.track).find((track) => track?.kind === "video");
  }

  // A start is under way. The frame's button may not say so yet, where the machine is slow.
  get begins() {
    if (performance.now() - this.pressedAt < LEAST_MS) return true;
    return this.askedAt !== null || (!this.error && this.peer?.connectionState === "new");
  }

  // A camera may be on and give no picture, as one may that was chosen meanwhile: only starting it again helps.
  async measure() {
    const { peer, track } = this;
    if (peer?.connectionState !== "connected" || track?.readyState !== "live" || track.muted) {
      this.flowedAt = null;
      return;
    }
    const source = [...(await peer.getStats()).values()].find((part) => part.type === "media-source" && part.kind === "video");
    if (source?.frames === undefined || this.peer !== peer) return;  // a browser that does not count
    this.flows = this.flowedAt !== null && source.frames !== this.frames;
    if (this.flows || this.flowedAt === null) this.flowedAt = performance.now();
    this.frames = source.frames;
    this.dry = performance.now() - this.flowedAt > DRY_MS;
  }
}

class CameraWatch {
  constructor() {
    this.taps = new WeakMap();
    this.state = "";
    this.told = "";
    this.since = {};
    this.pressedAt = -Infinity;
    this.tries = false;
    this.timer = this.seer = null;
  }

  attach(component) {
    this.component = component;
    recovery.reader = this;
    this.told = component.data?.told ?? "";
    this.timer ??= setInterval(() => this.look(), LOOK_MS);
    this.seer ??= setInterval(() => this.hide(), SEE_MS);
  }

  detach(component) {
    if (this.component !== component) return;
    this.component = null;
    // What follows at once is a new drawing of the same page.
    setTimeout(() => {
      if (this.component) return;
      clearInterval(this.timer);
      clearInterval(this.seer);
      this.timer = this.seer = null;
      this.state = "";
      recovery.left(this);
    }, 1500);
  }

  tapped(view) {
    // By document: a frame's window stays the same object when another page is loaded into it.
    if (!this.taps.has(view.document)) {
      this.taps.set(view.document, new Tap(view, recovery.wanted));
      tellInTurn(view);
      view.document.addEventListener("click", (click) => {
        const button = click.target.closest?.("button");
        if (!button) return;
        if (button === this.button(view, "start")) this.taps.get(view.document).pressedAt = this.pressedAt = performance.now();
        if (!click.isTrusted) return;
        if (button === this.button(view, "start")) recovery.wanted = true;
        if (button === this.button(view, "stop")) recovery.wanted = false;
      }, true);
    }
    return this.taps.get(view.document);
  }

  button(view, name) {
    const label = this.component?.data?.[name];
    return [...view.document.querySelectorAll("button")].find((button) => button.textContent.trim() === label);
  }

  look() {
    const { component } = this, frame = document.querySelector('iframe[title*="webrtc"]');
    const view = frame?.contentWindow, inner = frame?.contentDocument;
    if (!component || !inner?.head || !inner.getElementById("root")) return;
    dress(inner, component.data?.sheet ?? "");
    recovery.remember();
    const tap = this.tapped(view);
    const start = this.button(view, "start"), stop = this.button(view, "stop");
    // Neither: the frame shows the choice of cameras.
    const runs = Boolean(stop) || (recovery.wanted && tap.begins);
    if (start || stop || tap.pulled || tap.dry) this.say(this.trouble(view, tap, runs), tap);
    tap.measure();
    if (stop && (tap.pulled || tap.dry)) stop.click();
    else if (start && !start.disabled && recovery.wanted) this.again(start, tap);
  }

  // For how long something has been so without a break, in milliseconds.
  lasting(name, isSo) {
    if (!isSo) delete this.since[name];
    else this.since[name] ??= performance.now();
    return isSo ? performance.now() - this.since[name] : 0;
  }

  trouble(view, tap, runs) {
    if (!view.isSecureContext || !view.navigator.mediaDevices) return "insecure";
    const connected = tap.peer?.connectionState === "connected";
    // Until the server has answered, its machine may just be slow; after that it is the network.
    const begun = runs && !connected && tap.askedAt === null && !globalThis.attuneLink?.isGone;
    const waiting = this.lasting("waiting", begun);
    const connecting = this.lasting("connecting", begun && Boolean(tap.peer?.remoteDescription));
    const muted = this.lasting("muted", runs && connected && Boolean(tap.track?.muted));
    if (tap.dry) return "silent";
    if (tap.pulled) return recovery.isDenied ? "denied" : "unplugged";
    if (tap.none && recovery.wanted) return "unsupported";
    if (runs) {
      if (tap.askedAt !== null) {
        const asks = performance.now() - tap.askedAt > ASK_MS && recovery.mayAsk;
        return asks ? "asking" : this.state || "starting";
      }
      if (connected) return muted > MUTE_MS || (this.state === "silent" && !tap.flows) ? "silent" : "";
      if (connecting > CONNECT_MS || waiting > ANSWER_MS) return "blocked";
      // Another try: what it is about stays true until it is through.
      return this.state === "asking" ? "starting" : this.state || "starting";
    }
    if (!recovery.wanted) return "";
    if (tap.refused) return "refused";
    if (tap.error) return ERRORS[tap.error.name] ?? "failed";
    if (tap.peer) return tap.wasConnected ? "lost" : "blocked";
    return "";
  }

  say(trouble, tap) {
    this.state = trouble;
    if (trouble === this.told) return;
    this.told = trouble;
    const error = trouble === "refused" ? tap.refused : tap.error;
    const said = { trouble, error: error ? `${error.name}: ${error.message}`.slice(0, 200) : "" };
    const { component } = this;
    turns.take(() => { if (this.component === component) component.setStateValue("said", said); });
  }

  // A picture that stands still is not what the camera sees.
  hide() {
    const inner = document.querySelector('iframe[title*="webrtc"]')?.contentDocument;
    const tap = inner && this.taps.get(inner);
    if (!tap) return;
    const video = inner.querySelector("video");
    const frames = video?.getVideoPlaybackQuality?.().totalVideoFrames;
    const still = this.lasting("still", Boolean(video) && frames === this.frames);
    this.frames = frames;
    inner.documentElement.toggleAttribute("data-attune-still", tap.pulled || still > STILL_MS);
  }

  async again(start, tap) {
    const restMs = performance.now() - this.pressedAt;
    if (this.tries || restMs < LEAST_MS || globalThis.attuneLink?.isGone) return;
    this.tries = true;
    try {
      if (!(this.state ? await recovery.mayGo(this.state, restMs) : tap.resume) || !recovery.wanted || !start.isConnected) return;
      recovery.hint = tap.resume = false;
      start.click();
    } finally {
      this.tries = false;
    }
  }
}

export default function (component) {
  // Streamlit loads this script anew with each mount; what was seen before is in the window.
  const watch = (globalThis.attuneCameraWatch ??= new CameraWatch());
  watch.attach(component);
  return () => watch.detach(component);
}
