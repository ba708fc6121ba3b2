// A picture that can be enlarged and moved by wheel, two fingers, mouse and keys, with its faces marked. A
// click on a face, or on a button with data-face anywhere on the page, brings that face near. Everything that
// comes in as data is a number, a label of the app's own or an address of its media server; texts are set
// as text.
const STEP = 1.35;
const MOST_PER_PIXEL = 4;
const SHARP_PER_PIXEL = 2;

function make(tag, className, parent, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  minus: "M5 12h14",
  plus: "M12 5v14M5 12h14",
  all: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  marks: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
};

function drawIcon(name, parent) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  icon.setAttribute("class", "at-pz-icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  icon.append(path);
  parent.append(icon);
}

function build(root, data) {
  const { width, height, faces } = data;
  const stage = make("div", "at-pz-stage", root);
  stage.dataset.testid = "photo-viewer";
  stage.tabIndex = 0;
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", `${data.alt}. Plus and minus enlarge and shrink, the arrows move, 0 shows all.`);
  stage.style.setProperty("--shape", `${width} / ${height}`);
  const layer = make("div", "at-pz-layer", stage);
  const picture = make("img", "at-pz-picture", layer);
  picture.alt = data.alt;
  picture.draggable = false;
  picture.src = data.src;
  const boxes = faces.map((face, n) => {
    const box = make("button", "at-pz-face", layer);
    box.type = "button";
    box.tabIndex = -1;
    box.dataset.mood = face.mood;
    box.setAttribute("aria-label", `Face ${n + 1}: ${face.words}`);
    box.title = `${n + 1}: ${face.words}`;
    for (const side of ["left", "top", "width", "height"]) box.style[side] = `${face[side] * 100}%`;
    make("span", `at-pz-number${face.top < 0.05 ? " at-pz-below" : ""}`, box, String(n + 1));
    return box;
  });

  const bar = make("div", "at-pz-bar", root);
  const button = (icon, words, act, testid) => {
    const made = make("button", "at-pz-button", bar);
    made.type = "button";
    made.title = words;
    made.setAttribute("aria-label", words);
    made.dataset.testid = testid;
    drawIcon(icon, made);
    made.addEventListener("click", act);
    return made;
  };

  let zoom = 1, x = 0, y = 0, fit = 1;
  const size = () => ({ w: stage.clientWidth, h: stage.clientHeight });
  const most = () => Math.max(3, MOST_PER_PIXEL / fit);
  const clampOne = (at, shown, whole) =>
    shown <= whole ? (whole - shown) / 2 : Math.min(0, Math.max(whole - shown, at));

  function draw() {
    const { w, h } = size();
    const [shownW, shownH] = [width * fit * zoom, height * fit * zoom];
    x = clampOne(x, shownW, w);
    y = clampOne(y, shownH, h);
    layer.style.width = `${shownW}px`;
    layer.style.height = `${shownH}px`;
    layer.style.transform = `translate(${x}px, ${y}px)`;
    stage.dataset.zoom = zoom.toFixed(3);
    stage.classList.toggle("at-pz-near", zoom > 1.001);
    said.textContent = `${Math.round(zoom * 100)}%`;
    less.disabled = all.disabled = zoom <= 1.001;
    more.disabled = zoom >= most() - 0.001;
  }

  // Keeps the point (px, py) of the stage where it is.
  function zoomTo(wanted, px = size().w / 2, py = size().h / 2) {
    const next = Math.min(most(), Math.max(1, wanted));
    x = px - ((px - x) * next) / zoom;
    y = py - ((py - y) * next) / zoom;
    zoom = next;
    draw();
  }

  function glide() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    stage.classList.add("at-pz-glide");
    setTimeout(() => stage.classList.remove("at-pz-glide"), 260);
  }

  function near(n) {
    const face = faces[n], { w, h } = size();
    if (!face) return;
    glide();
    const wanted = Math.min(w / (face.width * width * fit), h / (face.height * height * fit)) * 0.42;
    // A face that is small in the picture stays small enough to be sharp.
    zoom = Math.max(1, Math.min(most(), wanted, SHARP_PER_PIXEL / fit));
    x = w / 2 - (face.left + face.width / 2) * width * fit * zoom;
    y = h / 2 - (face.top + face.height / 2) * height * fit * zoom;
    draw();
    boxes.forEach((box, at) => box.classList.toggle("at-pz-chosen", at === n));
  }

  const less = button("minus", "Smaller", () => zoomTo(zoom / STEP), "zoom-out");
  const said = make("output", "at-pz-said", bar);
  said.dataset.testid = "zoom-level";
  const more = button("plus", "Larger", () => zoomTo(zoom * STEP), "zoom-in");
  const all = button("all", "Show the whole photo", () => { glide(); zoomTo(1); }, "zoom-all");
  if (faces.length) {
    const marks = button("marks", "Hide the marks", () => {
      const hidden = stage.classList.toggle("at-pz-plain");
      marks.setAttribute("aria-pressed", String(hidden));
    }, "zoom-marks");
    marks.setAttribute("aria-pressed", "false");
  }
  if (root.requestFullscreen) {
    button("full", "Full screen", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen().catch(() => {});
    }, "zoom-full");
  }
  const hint = matchMedia("(pointer: coarse)").matches ? "Two fingers enlarge" : "Wheel or + and − enlarge";
  make("span", "at-pz-hint", bar, faces.length ? `${hint}, a click on a face brings it near` : hint);

  const at = (event) => {
    const frame = stage.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };

  // A page that is being scrolled goes on when the picture comes under the pointer, unless it was clicked.
  let scrolledAt = -1e9;
  const scrolled = () => { scrolledAt = performance.now(); };
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  stage.addEventListener("wheel", (event) => {
    const out = event.deltaY > 0;
    const passing = performance.now() - scrolledAt < 250 && !stage.contains(document.activeElement);
    if (!event.ctrlKey && ((out && zoom <= 1) || passing)) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
    const move = Math.max(-240, Math.min(240, event.deltaY * lines));
    zoomTo(zoom * Math.exp(-move * (event.ctrlKey ? 0.01 : 0.0022)), ...at(event));
  }, { passive: false });

  const down = new Map();
  let moved = 0;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!down.size) moved = 0;
    down.set(event.pointerId, at(event));
  });
  const spread = () => {
    const [a, b] = [...down.values()];
    return [Math.hypot(a[0] - b[0], a[1] - b[1]), (a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  };
  stage.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    if (down.size === 2) {
      const [wide, cx, cy] = spread();
      down.set(event.pointerId, now);
      const [wider, nx, ny] = spread();
      x += nx - cx;
      y += ny - cy;
      moved += 10;
      zoomTo((zoom * wider) / Math.max(1, wide), nx, ny);
      return;
    }
    down.set(event.pointerId, now);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (zoom <= 1 || moved < 4) return;
    // Only a drag is held on to: a held pointer's click would miss the face under it.
    if (!stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
    stage.classList.add("at-pz-drag");
    x += now[0] - before[0];
    y += now[1] - before[1];
    draw();
  });
  const up = (event) => {
    down.delete(event.pointerId);
    if (!down.size) stage.classList.remove("at-pz-drag");
  };
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) stage.addEventListener(end, up);
  stage.addEventListener("click", (event) => {
    const box = event.target.closest?.(".at-pz-face");
    if (moved < 6 && box) near(boxes.indexOf(box));
    else if (moved < 6) boxes.forEach((each) => each.classList.remove("at-pz-chosen"));
    stage.focus({ preventScroll: true });
  });
  stage.addEventListener("dblclick", (event) => {
    if (event.target.closest?.(".at-pz-face")) return;
    glide();
    zoomTo(zoom > 1.5 ? 1 : 3, ...at(event));
  });
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 60;
    const act = {
      "+": () => zoomTo(zoom * STEP), "=": () => zoomTo(zoom * STEP), "-": () => zoomTo(zoom / STEP),
      "0": () => zoomTo(1), Home: () => zoomTo(1),
      ArrowLeft: () => { x += step; draw(); }, ArrowRight: () => { x -= step; draw(); },
      ArrowUp: () => { y += step; draw(); }, ArrowDown: () => { y -= step; draw(); },
    }[event.key];
    if (!act || (event.key.startsWith("Arrow") && zoom <= 1)) return;
    event.preventDefault();
    act();
  });

  const jump = (event) => {
    const asked = event.target.closest?.("[data-face]");
    if (!asked) return;
    near(Number(asked.dataset.face) - 1);
    root.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  document.addEventListener("click", jump);
  const watch = new ResizeObserver(() => {
    const { w, h } = size();
    if (!w || !h) return;
    fit = Math.min(w / width, h / height);
    draw();
  });
  watch.observe(stage);
  return () => {
    watch.disconnect();
    document.removeEventListener("click", jump);
    document.removeEventListener("scroll", scrolled, { capture: true });
    picture.removeAttribute("src");
  };
}

const viewers = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  const key = JSON.stringify(data);
  const before = viewers.get(parentElement);
  if (before?.key !== key) {
    before?.clear();
    const root = make("div", "at-pz", parentElement);
    const clear = build(root, data);
    viewers.set(parentElement, { key, clear: () => { clear(); root.remove(); } });
  }
  return () => {
    viewers.get(parentElement)?.clear();
    viewers.delete(parentElement);
  };
}
