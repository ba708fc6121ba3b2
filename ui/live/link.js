// The page's live socket. What the server tells is drawn (draw.js); when something has changed that only another run
// of the stage can show, that run is asked for. The socket connects again by itself, later after each failure. While
// it is away the stage is asked to run now and then, so that content goes on; nothing of it is asked in between else.
// Where neither the socket nor a run tells anything, the server does not answer: the page's root is marked, the sheet
// takes the mood away and shows the line that is there for this (ui/look/templates/mood.html). Where the socket tells
// and no run that was asked for comes, Streamlit's own connection has died without a word, as after a sleep; and where an
// error of Streamlit's own covers the page, nobody may be there to close it. And a server that has started again does not
// know this page: Streamlit asks it for the whole page only where what ran last was a part of it. Then the page is loaded
// anew, and the visit goes on (consent.js).
const BACKOFF_MS = [300, 600, 1200, 2500, 5000, 10000], STEADY_MS = 5000, SILENT_MS = 4000, CONNECT_MS = 8000;
const AWAY_MS = 1500, POLL_MS = 2000, LONGEST_MS = 16000, GONE_MS = 3500, LATELY_MS = 15000, LOOK_MS = 250;
const DEAF_MS = 45000, COVERED_MS = 15000, UNKNOWN_MS = 8000, RELOAD_AGAIN_MS = 300000;
const ERRORS = /^(Connection error|Bad message format|Page not found)/;
// The server does not know this page's token, or another connection has taken over: only a new token helps.
const UNKNOWN = 4401, FINAL = [UNKNOWN, 4409];

// With this the visit goes on when its server is gone (consent.js); it is this tab's alone, and goes with it.
const VISIT = "attune.visit", RELOADED = "attune.reloaded";
const keepVisit = (token) => {
  if (token === undefined) return;
  try {
    if (token) sessionStorage.setItem(VISIT, token);
    else sessionStorage.removeItem(VISIT);
  } catch {
    // A browser that keeps nothing for this page.
  }
};

class Link {
  constructor() {
    this.token = this.refused = "";
    this.tries = 0;
    this.asked = 0;
    this.askedAt = this.pollAt = -Infinity;
    this.againMs = POLL_MS;
    this.unansweredAt = this.coveredAt = this.unknownAt = null;
    this.deafMs = DEAF_MS;
    this.coveredMs = COVERED_MS;
    this.lastAt = this.heardAt = performance.now();
    this.goneAt = -Infinity;
    this.timer = null;
    this.watcher = globalThis.attuneWatcher = new Watcher((told) => this.send(told));
    const soon = () => { this.tries = 0; this.nextAt = 0; };
    addEventListener("online", soon);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") soon(); });
  }

  attach(component) {
    this.component = component;
    const { token, address, seen, run } = component.data ?? {};
    if (token !== this.token) {
      this.token = token;
      this.address = address;
      this.tries = this.nextAt = this.asked = this.changed = 0;
      this.drop();
    }
    this.seen = seen ?? 0;
    if (run !== this.run) {
      this.heardAt = performance.now();
      this.unansweredAt = this.unknownAt = null;
    }
    this.run = run;
    this.draws ??= new Draws();
    this.draws.setUp(component.data ?? {});
    keepVisit(component.data?.visit);
    this.timer ??= setInterval(() => this.look(), LOOK_MS);
    this.watcher.start();
    this.look();
  }

  detach(component) {
    if (this.component !== component) return;
    this.component = null;
    // What follows at once is a new drawing of the same page; else its end.
    setTimeout(() => {
      if (this.component) return;
      clearInterval(this.timer);
      this.timer = null;
      this.watcher.stop();
      this.token = "";
      this.drop();
      this.markGone(false);
    }, 1500);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    if (socket) { socket.onclose = socket.onmessage = null; socket.close(); }
    this.mark("closed");
  }

  // For tests, and for whoever looks for what is wrong.
  mark(state) { document.documentElement.dataset.attuneLink = state; }

  markGone(gone) { document.documentElement.toggleAttribute("data-attune-away", gone); }

  // The server does not answer now, or did not a moment ago.
  get isGone() { return document.documentElement.hasAttribute("data-attune-away"); }
  get wasGone() { return performance.now() - this.goneAt < LATELY_MS; }

  // A page out of sight has its timers held up; and while the model loads, nothing else is drawn.
  lookWhetherGone(now) {
    if (document.visibilityState === "hidden" || document.querySelector('[data-testid="stSpinner"]')) this.heardAt = now;
    const gone = now - Math.max(this.heardAt, this.lastAt) > GONE_MS;
    if (gone) this.goneAt = now;
    this.markGone(gone);
  }

  connect() {
    const url = new URL(this.address, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = this.socket = new WebSocket(url), token = this.token;
    const began = this.beganAt = performance.now();
    socket.onopen = () => { this.lastAt = performance.now(); socket.send(JSON.stringify({ token })); };
    socket.onmessage = (message) => {
      this.lastAt = performance.now();
      this.mark("open");
      const news = JSON.parse(message.data);
      if (news.changed !== undefined) this.changed = news.changed;
      this.draws.take(news);
      keepVisit(news.visit);
      this.watcher.outbox.taken(news.taken);
      document.dispatchEvent(new CustomEvent("attune:news", { detail: news }));
      this.look();
    };
    socket.onclose = (end) => {
      if (this.socket !== socket) return;
      if (FINAL.includes(end.code)) this.refused = token;
      if (end.code === UNKNOWN) this.unknownAt ??= performance.now();
      if (performance.now() - began > STEADY_MS) this.tries = 0;
      this.tryLater();
    };
  }

  // False where it cannot go out now: readings are worth nothing later, and what was seen waits in its outbox.
  send(what) {
    if (this.socket?.readyState !== 1 || this.socket.bufferedAmount >= 16384) return false;
    this.socket.send(JSON.stringify(what));
    return true;
  }

  // A small picture: when it was taken and when it goes out, as two little-endian doubles, then its bytes.
  sendPicture(at, content) {
    if (this.socket?.readyState !== 1 || this.socket.bufferedAmount) return false;
    const message = new Uint8Array(16 + content.byteLength), head = new DataView(message.buffer);
    head.setFloat64(0, at, true);
    head.setFloat64(8, performance.now(), true);
    message.set(new Uint8Array(content), 16);
    this.socket.send(message);
    return true;
  }

  get isCovered() {
    return [...document.querySelectorAll('[data-testid="stDialog"]')].some((box) => ERRORS.test(box.innerText.trim()));
  }

  // Not again and again: a server that is only late would be later.
  loadAnew() {
    try {
      if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < RELOAD_AGAIN_MS) return;
      sessionStorage.setItem(RELOADED, String(Date.now()));
    } catch {
      // A browser that keeps nothing for this page would lose the visit.
      return;
    }
    location.reload();
  }

  tryLater() {
    this.drop();
    const wait = BACKOFF_MS[Math.min(this.tries++, BACKOFF_MS.length - 1)];
    this.nextAt = performance.now() + wait * (0.75 + Math.random() / 2);
  }

  look() {
    const now = performance.now(), open = this.socket?.readyState === 1;
    if (!this.component) return;
    // A network that has gone ends no connection by itself.
    if (open ? now - this.lastAt > SILENT_MS : this.socket && now - this.beganAt > CONNECT_MS) this.tryLater();
    if (!this.socket && this.token && this.token !== this.refused && now >= this.nextAt) this.connect();
    if (open) {
      // Asked for again, a run begins anew: a server that is late would only be later, so each time after twice as long.
      const again = this.changed <= this.asked;
      if ((this.changed ?? 0) > this.seen && (!again || now - this.askedAt > this.againMs)) {
        this.againMs = again ? Math.min(2 * this.againMs, LONGEST_MS) : POLL_MS;
        this.ask(this.changed);
      }
      this.coveredAt = this.isCovered ? this.coveredAt ?? now : null;
    } else if (now - this.lastAt > AWAY_MS && now - this.pollAt > POLL_MS) {
      this.pollAt = now;
      this.ask(this.asked);
    }
    const lasts = (since, ms) => since !== null && now - since > ms;
    const isDead = open
      ? lasts(this.unansweredAt, this.deafMs) || lasts(this.coveredAt, this.coveredMs)
      : lasts(this.unknownAt, UNKNOWN_MS);
    if (isDead && document.visibilityState === "visible") this.loadAnew();
    this.lookWhetherGone(now);
    this.draws.tick();
  }

  ask(number) {
    this.asked = number;
    this.askedAt = performance.now();
    if (this.socket?.readyState === 1) this.unansweredAt ??= this.askedAt;
    const { component } = this;
    turns.take(() => { if (this.component === component || this.component) this.component.setTriggerValue("changed", `${number} ${this.askedAt}`); });
  }
}

export default function (component) {
  // Streamlit loads this script anew with each mount; the socket stays.
  const link = (globalThis.attuneLink ??= (startSound(), startFocus(), new Link()));
  link.attach(component);
  return () => link.detach(component);
}
