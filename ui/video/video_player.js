// A player with the expressions over time under it: a click or an arrow key on the chart jumps there, a
// button with data-seek anywhere on the page does too, and a line follows the player. Everything that comes
// in as data is a number, a label of the app's own or an address of its media server; texts are set as text.
const SVG = "http://www.w3.org/2000/svg";

function make(tag, className, parent, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function pathOf(xs, ys) {
  let path = "", drawing = false;
  xs.forEach((x, i) => {
    const y = ys[i];
    if (y === null) { drawing = false; return; }
    path += `${drawing ? "L" : "M"}${x.toFixed(1)} ${(100 - y * 100).toFixed(1)}${drawing ? "" : "h.5"}`;
    drawing = true;
  });
  return path;
}

function build(root, data) {
  const { start, end, times, curves, spells, words } = data;
  const span = Math.max(end - start, 0.001);
  const place = (t) => Math.min(1, Math.max(0, (t - start) / span));

  const video = make("video", "at-vp-video", root);
  video.src = data.src;
  video.controls = true;
  video.playsInline = true;
  video.preload = "metadata";
  video.setAttribute("aria-label", data.alt);
  const broken = make("p", "at-vp-broken", root, data.broken);
  broken.hidden = true;
  video.addEventListener("error", () => { broken.hidden = false; video.hidden = true; });

  const now = make("p", "at-vp-now", root);
  now.dataset.testid = "video-now";
  const dot = make("span", "at-dot", now);
  const said = make("span", "", now);

  const chart = make("div", "at-vp-chart", root);
  chart.dataset.testid = "video-chart";
  chart.tabIndex = 0;
  chart.setAttribute("role", "slider");
  chart.setAttribute("aria-label", "Place in the video");
  chart.setAttribute("aria-valuemin", start.toFixed(1));
  chart.setAttribute("aria-valuemax", end.toFixed(1));
  const ribbon = make("div", "at-vp-ribbon", chart);
  for (const spell of spells) {
    const part = make("span", spell.mood === "unknown" ? "at-vp-spell at-vp-unknown" : "at-vp-spell", ribbon);
    part.dataset.mood = spell.mood;
    part.style.left = `${place(spell.from) * 100}%`;
    part.style.width = `${(place(spell.to) - place(spell.from)) * 100}%`;
  }
  const plot = make("div", "at-vp-plot", chart);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1000 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  plot.append(svg);
  const xs = times.map((t) => place(t) * 1000);
  const lines = {};
  for (const [mood, shares] of Object.entries(curves)) {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", pathOf(xs, shares));
    line.dataset.mood = mood;
    line.classList.add("at-vp-curve");
    svg.append(line);
    lines[mood] = line;
  }
  make("span", "at-vp-level at-vp-top", plot, "100%");
  make("span", "at-vp-level at-vp-mid", plot, "50%");
  const hover = make("span", "at-vp-guide at-vp-hover", chart);
  hover.hidden = true;
  const head = make("span", "at-vp-guide at-vp-head", chart);
  const tip = make("div", "at-vp-tip", chart);
  tip.hidden = true;
  const axis = make("div", "at-vp-axis", root);
  for (let n = 0; n < 5; n += 1) make("span", "", axis, clock(start + (span * n) / 4 + 0.5));

  const legend = make("div", "at-vp-legend", root);
  for (const mood of Object.keys(curves)) {
    const chip = make("button", "at-chip at-vp-chip", legend);
    chip.type = "button";
    chip.dataset.mood = mood;
    chip.setAttribute("aria-pressed", "true");
    make("span", "at-dot", chip);
    make("span", "", chip, words[mood]);
    chip.addEventListener("click", () => {
      const on = chip.getAttribute("aria-pressed") !== "true";
      chip.setAttribute("aria-pressed", String(on));
      lines[mood].style.display = on ? "" : "none";
    });
  }

  const spellAt = (t) => spells.findLast?.((s) => s.from <= t + 0.001) ?? spells[0];
  const nearest = (t) => {
    let low = 0, high = times.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < t) low = middle + 1; else high = middle;
    }
    return low > 0 && t - times[low - 1] < times[low] - t ? low - 1 : low;
  };
  const strongest = (t) => {
    const i = nearest(t);
    const found = Object.entries(curves).filter(([, s]) => s[i] !== null).map(([m, s]) => [m, s[i]]);
    return found.sort((a, b) => b[1] - a[1]).slice(0, 3);
  };
  const seek = (t, play) => {
    const to = Math.min(end, Math.max(start, t));
    // Until the header is there the browser would forget the place.
    if (video.readyState === 0) video.addEventListener("loadedmetadata", () => seek(t, play), { once: true });
    else video.currentTime = to;
    if (play) video.play()?.catch(() => {});
    follow(to);
  };
  const follow = (t) => {
    const spell = spellAt(t);
    now.dataset.mood = spell.mood;
    said.textContent = `${clock(t)} · ${spell.nobody ? words.nobody : words[spell.mood]}`;
    head.style.left = `${place(t) * 100}%`;
    chart.setAttribute("aria-valuenow", t.toFixed(1));
    chart.setAttribute("aria-valuetext", said.textContent);
  };
  const timeAt = (event) => {
    const box = chart.getBoundingClientRect();
    return start + span * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  video.addEventListener("timeupdate", () => follow(video.currentTime));
  video.addEventListener("seeking", () => follow(video.currentTime));
  let frame = 0;
  const run = () => {
    follow(video.currentTime);
    frame = video.paused || video.ended ? 0 : requestAnimationFrame(run);
  };
  video.addEventListener("play", () => { if (!frame) frame = requestAnimationFrame(run); });

  chart.addEventListener("click", (event) => seek(timeAt(event), true));
  chart.addEventListener("pointermove", (event) => {
    const t = timeAt(event);
    hover.hidden = tip.hidden = false;
    hover.style.left = `${place(t) * 100}%`;
    tip.replaceChildren();
    make("b", "", tip, clock(t));
    for (const [mood, share] of strongest(t)) {
      const row = make("span", "at-vp-tiprow", tip);
      row.dataset.mood = mood;
      make("span", "at-dot", row);
      make("span", "", row, `${words[mood]} ${Math.round(share * 100)}%`);
    }
    if (tip.childElementCount === 1) make("span", "at-vp-tiprow", tip, words.nobody);
    tip.style.left = `${Math.min(85, Math.max(15, place(t) * 100))}%`;
  });
  chart.addEventListener("pointerleave", () => { hover.hidden = tip.hidden = true; });
  chart.addEventListener("keydown", (event) => {
    const t = video.currentTime;
    const to = { ArrowLeft: t - 1, ArrowDown: t - 1, ArrowRight: t + 1, ArrowUp: t + 1,
      PageDown: t - 10, PageUp: t + 10, Home: start, End: end }[event.key];
    if (to !== undefined) seek(to, false);
    else if (event.key === " " || event.key === "Enter") video.paused ? video.play()?.catch(() => {}) : video.pause();
    else return;
    event.preventDefault();
  });
  const jump = (event) => {
    const button = event.target.closest?.("[data-seek]");
    const t = button ? Number(button.dataset.seek) : NaN;
    if (!Number.isFinite(t)) return;
    seek(t, true);
    video.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  document.addEventListener("click", jump);
  follow(start);
  return () => {
    document.removeEventListener("click", jump);
    cancelAnimationFrame(frame);
    video.pause();
    video.removeAttribute("src");
    video.load();
    root.replaceChildren();
  };
}

const players = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  const key = JSON.stringify([data.src, data.serial]);
  const before = players.get(parentElement);
  if (before?.key !== key) {
    before?.clear();
    const root = make("div", "at-vp", parentElement);
    root.dataset.testid = "video-player";
    const clear = build(root, data);
    players.set(parentElement, { key, clear: () => { clear(); root.remove(); } });
  }
  return () => {
    players.get(parentElement)?.clear();
    players.delete(parentElement);
  };
}
