// Watches the ad and the media item of the page and tells the server what it saw: that at least half of a card
// was in view for a second (impression), how far it has played (start, quartiles, complete), and taps.
//
// A clip or sound counts its own playing, whatever its place on the time line: a repeated or a skipped second
// is counted as played or not. A still counts the time in view against the time it is planned for. Nothing of
// a card that nobody saw is told. It goes over the page's live socket (link.js). An event waits here until the server
// has taken it, so a slow or broken connection loses none; its id lets the server see that it came twice.
const WATCH_MS = 200, BATCH_MS = 4000, AGAIN_MS = 5000, MOST = 6, KEPT = 500;
const VIEWABLE_MS = 1000;
const QUARTERS = ["firstQuartile", "midpoint", "thirdQuartile", "complete"];
// The last frame of a clip is not always reached before it begins anew.
const WHOLE = 0.985;

const id = () =>
  globalThis.crypto.randomUUID?.() ??
  // randomUUID is for secure pages; a page on the local network may be none.
  [...globalThis.crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

class Showing {
  constructor(card, say, outbox, fresh) {
    this.card = card;
    this.say = say;
    this.outbox = outbox;
    this.decision = say.dataset.decisionId;
    this.impression = say.dataset.impressionId;
    this.plannedMs = Number(say.dataset.plannedMs) || 10000;
    this.media = card.querySelector("video, audio");
    this.inView = false;
    this.seenAt = null;
    this.visibleMs = 0;
    this.playedS = 0;
    // A clip that has just come began at 0, before anybody could look.
    this.placeS = fresh ? 0 : null;
    this.observed = false;
    this.told = new Set();
    this.last = null;
    this.observer = new IntersectionObserver((entries) => {
      const entry = entries[entries.length - 1];
      // A card larger than the window counts when it fills half of that.
      const half = entry.intersectionRatio >= 0.5 ||
        entry.intersectionRect.height >= 0.5 * (entry.rootBounds?.height ?? innerHeight);
      this.account();
      this.observed = true;
      this.inView = entry.isIntersecting && half;
      // Once more: a card that has just left the view is not counted until the next look.
      this.account();
    }, { threshold: [0, 0.25, 0.5, 0.75, 1] });
    this.observer.observe(card);
    this.onTime = () => this.played();
    this.media?.addEventListener("timeupdate", this.onTime);
    // A clip that the next decision keeps in its place goes on from where it is.
    this.onPlay = () => { if (this.placeS !== 0) this.placeS = this.media.currentTime; };
    this.media?.addEventListener("play", this.onPlay);
  }

  get visible() { return this.inView && document.visibilityState === "visible"; }

  account() {
    const now = performance.now();
    if (this.seenAt !== null) this.visibleMs += now - this.seenAt;
    this.seenAt = this.visible ? now : null;
  }

  tell(name) {
    this.account();
    if (!["click", "like", "dislike"].includes(name)) {
      if (this.told.has(name)) return;
      this.told.add(name);
    }
    this.last = { id: id(), name, at: performance.now() };
    this.outbox.put(this.event(), name === "skip" || name === "complete");
  }

  event() {
    this.toldMs = this.visibleMs;
    return {
      event_id: this.last.id, impression_id: this.impression, decision_id: this.decision,
      name: this.last.name, at: this.last.at, visible_ms: this.visibleMs,
    };
  }

  played() {
    const { currentTime, duration, paused, seeking } = this.media;
    const before = this.placeS;
    this.placeS = currentTime;
    if (before === null || paused || seeking) return;
    let step = currentTime - before;
    if (step < 0 && this.media.loop && Number.isFinite(duration)) step += duration;
    // More than that between two of the element's own reports is a jump, not playing.
    if (step > 0 && step < 2.5 && (this.visible || !this.observed)) this.playedS += step;
    this.look();
  }

  look() {
    // visibilitychange alone would miss a frozen page.
    this.account();
    if (this.visibleMs < VIEWABLE_MS || this.told.has("skip")) return;
    if (!this.told.has("impression")) {
      // The rest follows with the next look, so that no two events are of one moment.
      this.tell("impression");
      return;
    }
    const long = this.media && Number.isFinite(this.media.duration) && this.media.duration > 0;
    const share = long ? this.playedS / this.media.duration : this.visibleMs / this.plannedMs;
    if (this.media && long && this.playedS === 0) return;
    if (!this.told.has("start")) {
      this.tell("start");
      return;
    }
    QUARTERS.forEach((name, n) => { if (share >= (n === 3 && long ? WHOLE : (n + 1) / 4)) this.tell(name); });
  }

  // The last word on how long it was in view goes with its last event, sent again.
  end() {
    this.account();
    this.seenAt = null;
    this.inView = false;
    this.observer.disconnect();
    this.media?.removeEventListener("timeupdate", this.onTime);
    this.media?.removeEventListener("play", this.onPlay);
    this.sum();
  }

  sum() {
    if (this.last && this.visibleMs > this.toldMs) this.outbox.put(this.event(), false);
  }
}

class Outbox {
  // send: takes a batch; false where nothing can go out now.
  constructor(send) {
    this.send = send;
    this.waiting = [];
    this.sent = null;
    this.number = 0;
    this.sentAt = -Infinity;
  }

  put(event, urgent) {
    this.waiting.push(event);
    if (this.waiting.length > KEPT) this.waiting.shift();
    if (urgent) this.flush(true);
  }

  taken(number) {
    if (!this.sent || number !== this.sent.number) return;
    const { events } = this.sent;
    this.sent = null;
    // A full batch was not all.
    if (events.length === MOST) this.flush(true);
  }

  flush(urgent = false) {
    const now = performance.now();
    if (this.sent) {
      if (now - this.sentAt < AGAIN_MS) return;
      this.waiting = [...this.sent.events, ...this.waiting];
      this.sent = null;
    }
    if (!this.waiting.length || (!urgent && now - this.sentAt < BATCH_MS)) return;
    const number = this.number + 1, events = this.waiting.slice(0, MOST);
    const told = events.map(({ at, ...event }) => ({ ...event, age_ms: Math.max(0, now - at) }));
    if (!this.send({ batch: { number, events: told } })) return;
    this.number = number;
    this.sent = { number, events: this.waiting.splice(0, MOST) };
    this.sentAt = now;
  }
}

class Watcher {
  constructor(send) {
    this.outbox = new Outbox(send);
    this.showings = new Map();
    this.timer = null;
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      this.showings.forEach((showing) => showing.account());
      if (document.visibilityState === "hidden") this.leave();
    });
    document.addEventListener("click", (click) => this.tap(click), true);
  }

  start() {
    this.timer ??= setInterval(() => this.look(), WATCH_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.showings.forEach((showing) => showing.end());
    this.showings.clear();
    this.outbox.flush(true);
  }

  leave() {
    this.showings.forEach((showing) => { showing.account(); showing.sum(); });
    this.outbox.flush(true);
  }

  look() {
    for (const say of document.querySelectorAll(".at-feedback[data-decision-id]")) {
      const { slot, decisionId, itemId } = say.dataset;
      const card = say.closest('[class*="st-key-panel-slot-"]')?.querySelector("article[data-item-id]");
      const before = this.showings.get(slot);
      // While the page is being redrawn the card and the buttons may be of two decisions.
      if (!card || card.dataset.itemId !== itemId) continue;
      if (before?.decision === decisionId && before.card === card) { before.say = say; continue; }
      const showing = new Showing(card, say, this.outbox, before?.card !== card);
      if (before) {
        before.end();
        if (before.decision === decisionId) this.goOn(showing, before);
      }
      say.querySelectorAll("[aria-pressed]").forEach((b) => b.setAttribute("aria-pressed", "false"));
      this.showings.set(slot, showing);
    }
    this.showings.forEach((showing) => showing.look());
    this.outbox.flush();
  }

  // The same decision with its card drawn anew, as after an edit of the item's words.
  goOn(showing, before) {
    Object.assign(showing, {
      visibleMs: before.visibleMs, playedS: before.playedS, told: before.told, last: before.last,
      toldMs: before.toldMs,
    });
  }

  tap(click) {
    const button = click.target.closest?.(".at-feedback button[data-event]");
    const link = click.target.closest?.("a.at-action");
    if (!button && !link) return;
    // What was tapped may have come since the last look.
    this.look();
    if (link) {
      this.showings.forEach((showing) => { if (showing.card.contains(link)) showing.tell("click"); });
      return;
    }
    const { slot, decisionId } = button.closest(".at-feedback").dataset;
    const showing = this.showings.get(slot);
    if (showing?.decision !== decisionId) return;
    const name = button.dataset.event;
    if (name !== "skip") {
      if (button.getAttribute("aria-pressed") === "true") return;
      button.parentElement.querySelectorAll("[aria-pressed]")
        .forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    }
    showing.tell(name);
  }
}
