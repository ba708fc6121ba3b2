// Animated scenes on a 640x360 canvas. Each is a pure function of its phase p in [0, 1): every motion makes a
// whole number of turns in one loop, so the last frame leads into the first.
"use strict";
const W = 640, H = 360, TAU = Math.PI * 2;
const canvas = document.getElementById("stage");
const c = canvas.getContext("2d");

function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const mix = (a, b, t) => a + (b - a) * t;
const wrap = (x, n) => ((x % n) + n) % n;
const ease = (t) => (1 - Math.cos(Math.PI * t)) / 2;

function linear(x0, y0, x1, y1, ...stops) {
  const g = c.createLinearGradient(x0, y0, x1, y1);
  stops.forEach((s, i) => g.addColorStop(i / (stops.length - 1), s));
  return g;
}
function radial(x, y, r0, r1, ...stops) {
  const g = c.createRadialGradient(x, y, r0, x, y, r1);
  stops.forEach((s, i) => g.addColorStop(i / (stops.length - 1), s));
  return g;
}
function fillAll(style) { c.fillStyle = style; c.fillRect(0, 0, W, H); }
function disc(x, y, r, style) { c.fillStyle = style; c.beginPath(); c.arc(x, y, Math.max(r, 0), 0, TAU); c.fill(); }
function glow(x, y, r, rgb, a) { disc(x, y, r, radial(x, y, 0, r, `rgba(${rgb},${a})`, `rgba(${rgb},${a * 0.3})`, `rgba(${rgb},0)`)); }
function shape(points, style) {
  c.fillStyle = style; c.beginPath();
  points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
  c.closePath(); c.fill();
}
function ridge(base, amp, seed, style, bottom = H) {
  const pts = [[0, bottom]];
  for (let x = 0; x <= W; x += 8) {
    pts.push([x, base - amp * (0.5 * Math.sin(x / 97 + seed) + 0.3 * Math.sin(x / 41 + seed * 2.3) + 0.2 * Math.sin(x / 19 + seed * 5.1))]);
  }
  pts.push([W, bottom]);
  shape(pts, style);
}
function pine(x, y, h, style) {
  for (let i = 0; i < 4; i++) {
    const top = y - h + i * h * 0.2, w = h * (0.1 + 0.06 * i);
    shape([[x, top], [x + w, top + h * 0.36], [x - w, top + h * 0.36]], style);
  }
}

const scenes = {
  breath(p) {
    fillAll(linear(0, 0, W, H, "#08323f", "#0f5560", "#1c7a78"));
    const b = p < 0.4 ? ease(p / 0.4) : 1 - ease((p - 0.4) / 0.6);
    const x = W / 2, y = H / 2, r = mix(56, 140, b);
    glow(x, y, r * 2.3, "127,232,208", mix(0.25, 0.5, b));
    for (let i = 5; i > 0; i--) {
      c.strokeStyle = `rgba(190,255,238,${mix(0.05, 0.16, b) * (1 - i / 7)})`;
      c.lineWidth = 1.5;
      c.beginPath(); c.arc(x, y, r + i * mix(6, 15, b), 0, TAU); c.stroke();
    }
    c.save(); c.translate(x, y); c.globalCompositeOperation = "screen";
    for (let ring = 0; ring < 2; ring++) {
      for (let i = 0; i < 8; i++) {
        c.save();
        c.rotate((i / 8) * TAU + ring * TAU / 16 + (ring ? -1 : 1) * b * 0.5 + p * TAU / 8);
        const d = r * (ring ? 0.3 : 0.46), q = r * (ring ? 0.42 : 0.5);
        c.fillStyle = linear(0, d - q, 0, d + q, "rgba(70,190,190,.10)", ring ? "rgba(255,226,190,.34)" : "rgba(140,240,215,.36)");
        c.beginPath(); c.ellipse(0, d, q * 0.62, q, 0, 0, TAU); c.fill();
        c.restore();
      }
    }
    c.restore();
    disc(x, y, r * 0.2, radial(x, y, 0, r * 0.2, "#fffbe9", "#ffe6bd"));
    const rnd = randomFrom(4);
    for (let i = 0; i < 70; i++) {
      const a = rnd() * TAU, d = mix(80, 330, rnd()) * mix(0.86, 1.08, b), s = mix(0.6, 2.2, rnd());
      disc(x + Math.cos(a) * d * 1.2, y + Math.sin(a) * d * 0.75, s, `rgba(220,255,244,${mix(0.15, 0.6, rnd())})`);
    }
    c.strokeStyle = "rgba(255,255,255,.14)"; c.lineWidth = 3; c.beginPath(); c.arc(x, y, 164, 0, TAU); c.stroke();
    const a = p * TAU - Math.PI / 2;
    c.strokeStyle = "rgba(255,231,190,.55)"; c.lineCap = "round"; c.beginPath(); c.arc(x, y, 164, a - 0.5, a); c.stroke();
    disc(x + 164 * Math.cos(a), y + 164 * Math.sin(a), 6, "#fff1d6");
  },

  bubbles(p) {
    fillAll(linear(0, 0, 0, H, "#eafcff", "#bdeef0", "#7fd6d2"));
    for (let i = 0; i < 5; i++) {
      const x = 60 + i * 130 + 24 * Math.sin(p * TAU + i);
      c.fillStyle = linear(x, 0, x + 120, H, "rgba(255,255,255,.5)", "rgba(255,255,255,0)");
      c.beginPath(); c.moveTo(x, 0); c.lineTo(x + 60, 0); c.lineTo(x + 190, H); c.lineTo(x + 70, H); c.fill();
    }
    for (let k = 0; k < 3; k++) {
      const pts = [[0, H]];
      for (let x = 0; x <= W; x += 8) pts.push([x, 326 + k * 12 + 8 * Math.sin((x / W) * TAU * (k + 2) + (k % 2 ? -1 : 1) * p * TAU + k)]);
      pts.push([W, H]);
      shape(pts, `rgba(255,255,255,${0.25 + k * 0.16})`);
    }
    const rnd = randomFrom(11), all = [];
    for (let i = 0; i < 34; i++) {
      all.push({ x: rnd() * W, y: rnd(), r: mix(6, 44, rnd() ** 2.2), turns: 1 + Math.floor(rnd() * 1.99), ph: rnd() * TAU, sway: mix(6, 22, rnd()) });
    }
    all.sort((a, b) => a.r - b.r);
    for (const q of all) {
      const span = H + 2 * q.r + 40;
      const y = H + q.r + 20 - wrap(q.y + p * q.turns, 1) * span, x = q.x + q.sway * Math.sin(p * TAU * 2 + q.ph);
      const wob = 1 + 0.035 * Math.sin(p * TAU * 4 + q.ph);
      c.save(); c.translate(x, y); c.scale(wob, 1 / wob);
      disc(0, 0, q.r, radial(0, 0, q.r * 0.3, q.r, "rgba(255,255,255,0)", "rgba(255,255,255,.06)", "rgba(190,225,255,.25)", "rgba(255,170,225,.5)", "rgba(120,230,210,.75)", "rgba(255,255,255,.95)"));
      c.save(); c.rotate(p * TAU + q.ph);
      c.strokeStyle = linear(-q.r, 0, q.r, 0, "rgba(255,120,200,.55)", "rgba(255,240,150,.15)", "rgba(90,210,255,.6)");
      c.lineWidth = q.r * 0.1; c.beginPath(); c.arc(0, 0, q.r * 0.86, 0, TAU); c.stroke(); c.restore();
      c.fillStyle = "rgba(255,255,255,.95)"; c.beginPath(); c.ellipse(-q.r * 0.38, -q.r * 0.45, q.r * 0.24, q.r * 0.12, -0.7, 0, TAU); c.fill();
      c.strokeStyle = "rgba(255,255,255,.8)"; c.lineWidth = Math.max(1, q.r * 0.05); c.lineCap = "round";
      c.beginPath(); c.arc(0, 0, q.r * 0.74, 0.5, 1.25); c.stroke();
      c.restore();
    }
  },

  lanterns(p) {
    fillAll(linear(0, 0, 0, 250, "#0b1238", "#232a63", "#6a4a78"));
    const rnd = randomFrom(21);
    for (let i = 0; i < 110; i++) {
      const x = rnd() * W, y = rnd() * 190, tw = 0.5 + 0.5 * Math.sin(p * TAU * (1 + Math.floor(rnd() * 3)) + rnd() * TAU);
      disc(x, y, mix(0.4, 1.3, rnd()), `rgba(255,255,255,${0.25 + 0.6 * tw})`);
    }
    glow(320, 246, 300, "255,170,90", 0.4);
    ridge(224, 40, 1.2, "#2c2a5c", 250); ridge(238, 26, 4.4, "#1d1d47", 250);
    const list = [];
    for (let i = 0; i < 26; i++) list.push({ x: rnd() * W, y: rnd(), z: rnd(), ph: rnd() * TAU });
    list.sort((a, b) => a.z - b.z);
    const place = (q) => {
      const t = wrap(q.y + p, 1), s = mix(0.28, 1.15, q.z);
      return { x: q.x + 14 * s * Math.sin(p * TAU + q.ph), y: mix(256 + 60 * q.z, -70, t), s, a: Math.min(1, t * 7) };
    };
    c.fillStyle = linear(0, 250, 0, H, "#4d3c6c", "#1b1f4d", "#0a0f2c"); c.fillRect(0, 250, W, H - 250);
    for (const q of list) {
      const { x, y, s, a } = place(q), ry = 250 + (250 - Math.min(y, 250)) * 0.5;
      if (ry < H) { c.save(); c.globalAlpha = 0.5 * a; c.translate(x, ry); c.scale(1, 2.2); glow(0, 0, 20 * s, "255,170,80", 0.9); c.restore(); }
    }
    for (let i = 0; i < 90; i++) {
      const y = mix(252, H, rnd() ** 1.4), w = mix(10, 70, rnd()) * (y - 230) / 90;
      const x = rnd() * W + 12 * Math.sin(p * TAU + rnd() * TAU);
      c.fillStyle = `rgba(10,14,44,${0.2 + 0.25 * rnd()})`; c.fillRect(x - w / 2, y, w, 1 + (y - 250) / 60);
    }
    for (const q of list) {
      const { x, y, s, a } = place(q);
      c.save(); c.globalAlpha = a; c.translate(x, y); c.rotate(0.07 * Math.sin(p * TAU * 2 + q.ph)); c.scale(s, s);
      const f = 0.8 + 0.12 * Math.sin(p * TAU * 9 + q.ph) + 0.08 * Math.sin(p * TAU * 17 + q.ph * 2);
      glow(0, 4, 62, "255,165,70", 0.5 * f);
      c.fillStyle = linear(0, -30, 0, 26, "#e8743a", "#ffb04d", "#fff0b0");
      c.beginPath(); c.moveTo(-15, 22); c.bezierCurveTo(-26, 0, -26, -32, 0, -34); c.bezierCurveTo(26, -32, 26, 0, 15, 22); c.closePath(); c.fill();
      c.strokeStyle = "rgba(150,60,20,.45)"; c.lineWidth = 1.3;
      for (const k of [-12, 0, 12]) { c.beginPath(); c.moveTo(k * 0.9, 22); c.quadraticCurveTo(k * 1.7, -10, k * 0.2, -33); c.stroke(); }
      c.fillStyle = "#8a3c1c"; c.fillRect(-15, 21, 30, 3); disc(0, 17, 6, `rgba(255,252,225,${f})`);
      c.restore();
    }
    for (let x = 0; x < W; x += 9) {
      const h = 12 + 22 * Math.abs(Math.sin(x * 1.7)) * (Math.abs(x - 320) / 320) ** 1.5;
      c.strokeStyle = "#070a22"; c.lineWidth = 2; c.beginPath(); c.moveTo(x, H + 2);
      c.quadraticCurveTo(x + 2, H - h * 0.6, x + 6 * Math.sin(p * TAU + x), H - h); c.stroke();
    }
  },

  balloons(p) {
    fillAll(linear(0, 0, 0, 280, "#45b5f2", "#9bdcf7", "#fff1cf"));
    c.save(); c.translate(520, 90); c.rotate(p * TAU / 12);
    for (let i = 0; i < 12; i++) { c.rotate(TAU / 12); shape([[0, 0], [-50, -800], [50, -800]], radial(0, 0, 30, 560, "rgba(255,248,205,.36)", "rgba(255,248,205,.02)")); }
    c.restore(); glow(520, 90, 130, "255,240,170", 0.9); disc(520, 90, 34, "#fff7cf");
    const cloud = (x, y, s, a) => {
      c.save(); c.globalAlpha = a; c.translate(x, y); c.scale(s, s); c.fillStyle = "#fff"; c.beginPath();
      for (const [dx, dy, r] of [[-44, 6, 24], [-14, -10, 32], [22, -4, 28], [52, 8, 20], [0, 12, 30]]) { c.moveTo(dx + r, dy); c.arc(dx, dy, r, 0, TAU); }
      c.fill(); c.restore();
    };
    for (const [x0, y, s, n, a] of [[80, 64, 0.7, 1, 0.85], [330, 40, 0.5, 1, 0.7], [520, 150, 0.6, 1, 0.75], [240, 132, 0.9, 2, 0.9]]) cloud(wrap(x0 + p * n * (W + 240), W + 240) - 120, y, s, a);
    ridge(262, 22, 2, "#a9d8b5"); ridge(286, 18, 5.2, "#7cc48a");
    const balloon = (x, y, s, cols) => {
      c.save(); c.translate(x, y); c.scale(s, s);
      c.strokeStyle = "#7a5236"; c.lineWidth = 1.4;
      for (const k of [-9, -3, 3, 9]) { c.beginPath(); c.moveTo(k * 2, 50); c.lineTo(k, 82); c.stroke(); }
      const env = () => { c.beginPath(); c.moveTo(-20, 54); c.bezierCurveTo(-34, 30, -62, 14, -62, -20); c.bezierCurveTo(-62, -84, 62, -84, 62, -20); c.bezierCurveTo(62, 14, 34, 30, 20, 54); c.closePath(); };
      env(); c.save(); c.clip();
      c.fillStyle = cols[0]; c.fillRect(-70, -80, 140, 140);
      const band = (w, col) => { c.fillStyle = col; c.beginPath(); c.moveTo(-w * 0.34, 56); c.bezierCurveTo(-w * 1.1, 10, -w * 1.1, -50, 0, -72); c.bezierCurveTo(w * 1.1, -50, w * 1.1, 10, w * 0.34, 56); c.fill(); };
      band(54, cols[1]); band(34, cols[0]); band(14, cols[1]);
      c.fillStyle = cols[2]; c.fillRect(-70, 22, 140, 10);
      c.fillStyle = linear(-62, 0, 62, 0, "rgba(255,255,255,.35)", "rgba(255,255,255,0)", "rgba(80,20,60,.32)"); c.fillRect(-70, -80, 140, 140);
      c.restore();
      c.fillStyle = "#a8692f"; c.beginPath(); c.roundRect(-12, 80, 24, 18, 4); c.fill(); c.fillStyle = "#d99c58"; c.fillRect(-13, 79, 26, 4);
      c.restore();
    };
    const bob = (k, n) => Math.sin(p * TAU * n + k);
    balloon(470 + 10 * bob(1, 1), 178 + 8 * bob(2, 1), 0.42, ["#6b5ce0", "#9d8cff", "#ffd23f"]);
    balloon(70 + 10 * bob(3, 1), 160 + 9 * bob(5, 1), 0.5, ["#12a594", "#7ff0d0", "#ff7a59"]);
    balloon(590 + 8 * bob(0, 1), 232 + 7 * bob(4, 1), 0.32, ["#ff9f1c", "#ffe08a", "#e2334d"]);
    balloon(170 + 12 * bob(2, 1), 214 + 8 * bob(6, 1), 0.36, ["#e84f8a", "#ffc2da", "#5b3bd1"]);
    ridge(314, 14, 1.4, "#4fae6b");
    for (let i = 0; i < 16; i++) { const x = (i * 173) % W; disc(x, 318 + (i * 37) % 12, 5 + (i % 4) * 2, i % 2 ? "#2f8a55" : "#3b9c60"); }
    balloon(310 + 12 * bob(0, 1), 142 + 12 * bob(1.5, 1), 1.22, ["#ff5f57", "#ffd9a0", "#1fb6c9"]);
    ridge(346, 10, 3.3, "#2e8a57");
    for (let i = 0; i < 110; i++) {
      const x = (i * 59.7) % W, y = 338 + ((i * 31) % 20), col = ["#ffd23f", "#ff7aa8", "#ffffff", "#ff8a4c"][i % 4];
      disc(x + 1.5 * Math.sin(p * TAU * 2 + i), y, 2.1, col);
    }
  },

  dusk(p) {
    fillAll(linear(0, 0, 0, 210, "#3d3a78", "#8a5a94", "#e58a8f", "#ffc59a"));
    glow(390, 196, 260, "255,214,150", 0.85); disc(390, 186, 38, linear(0, 148, 0, 224, "#fff3c4", "#ffb37a"));
    for (const [x, y, w, h, a] of [[120, 80, 190, 9, 0.4], [250, 62, 130, 6, 0.3], [500, 96, 220, 10, 0.42], [330, 120, 260, 7, 0.4], [80, 142, 160, 6, 0.35], [570, 150, 170, 7, 0.4]]) {
      for (let k = -1; k <= 1; k++) {
        const xx = wrap(x + p * (W + 400) * 0 + 18 * Math.sin(p * TAU + x), W + 300);
        c.fillStyle = `rgba(255,206,190,${a * (k ? 0.45 : 1)})`; c.beginPath(); c.ellipse(xx + k * w * 0.25, y + k * h * 0.8, w / 2, h / 2, 0, 0, TAU); c.fill();
      }
    }
    shape([[0, 210], [0, 176], [50, 170], [96, 184], [150, 190], [210, 204], [236, 210]], "#5b4a80");
    shape([[0, 210], [0, 192], [70, 190], [130, 202], [160, 210]], "#463a6e");
    c.fillStyle = linear(0, 208, 0, H, "#e79a92", "#8c608f", "#3b3a74", "#25285a"); c.fillRect(0, 208, W, H - 208);
    const rnd = randomFrom(8);
    for (let i = 0; i < 460; i++) {
      const t = rnd() ** 1.6, y = 210 + t * 150, spread = 16 + t * 130;
      const g = (rnd() + rnd() + rnd() - 1.5) * 1.1, x = 390 + g * spread, n = 1 + Math.floor(rnd() * 3), ph = rnd() * TAU;
      const a = Math.max(0, Math.sin(p * TAU * n + ph)) ** 1.5 * (1 - Math.abs(g) * 0.5);
      c.fillStyle = `rgba(255,${Math.round(mix(236, 190, t))},${Math.round(mix(190, 140, t))},${0.85 * a})`;
      const w = mix(5, 34, t) * mix(0.5, 1.2, rnd()); c.beginPath(); c.ellipse(x + 4 * Math.sin(p * TAU + ph), y, w / 2, 0.7 + t * 1.5, 0, 0, TAU); c.fill();
    }
    for (let i = 0; i < 130; i++) {
      const t = rnd() ** 1.4, y = 214 + t * 140, n = 1 + Math.floor(rnd() * 2), ph = rnd() * TAU, x = rnd() * W + 16 * t * Math.sin(p * TAU + ph);
      const a = 0.14 * (0.5 + 0.5 * Math.sin(p * TAU * n + ph));
      c.fillStyle = i % 2 ? `rgba(255,190,180,${a})` : `rgba(30,28,80,${a * 1.6})`; c.beginPath(); c.ellipse(x, y, mix(14, 80, t) / 2, 0.8 + t * 2, 0, 0, TAU); c.fill();
    }
    const bx = 214, by = 262 + 3 * Math.sin(p * TAU * 2), tilt = 0.045 * Math.sin(p * TAU * 2 + 1);
    c.fillStyle = "rgba(28,24,70,.5)"; c.beginPath(); c.ellipse(bx, 276, 52, 5, 0, 0, TAU); c.fill();
    c.save(); c.translate(bx, by); c.rotate(tilt);
    shape([[-2, 2], [-2, -84], [42, -6]], "#fff0e0"); shape([[-6, 0], [-6, -70], [-34, -4]], "#f3b9a8"); c.fillStyle = "#4a2d4f"; c.fillRect(-5, -90, 3, 96);
    shape([[-46, 2], [52, 2], [36, 17], [-32, 17]], "#6b3450"); c.fillStyle = "#ffd9b8"; c.fillRect(-45, 2, 96, 3); c.restore();
    for (let k = 0; k < 5; k++) {
      const x = 470 + k * 26 + 30 * Math.sin(p * TAU + 0.3 * k), y = 66 + 12 * (k % 3) + 10 * Math.cos(p * TAU + k * 0.4), f = Math.sin(p * TAU * 10 + k * 1.3) * 5;
      c.strokeStyle = "#4a3a70"; c.lineWidth = 1.8; c.lineCap = "round"; c.beginPath(); c.moveTo(x - 9, y - f); c.quadraticCurveTo(x - 4, y - 4 - f * 0.4, x, y); c.quadraticCurveTo(x + 4, y - 4 - f * 0.4, x + 9, y - f); c.stroke();
    }
  },

  kaleidoscope(p) {
    fillAll(radial(W / 2, H / 2, 0, 380, "#7a1fa8", "#3a1290", "#140a48"));
    const rings = [
      // petals, distance, length, width, turn, outer colour, inner colour, form
      [24, 300, 92, 34, 1, "#3a1fb8", "#7a4df0", 0], [12, 262, 74, 46, -1, "#0f8fb0", "#39e0d0", 1],
      [24, 226, 56, 20, 1, "#c9268f", "#ff7ac0", 0], [12, 186, 66, 52, 1, "#e0562a", "#ffb04a", 2],
      [12, 152, 62, 40, -1, "#5a2be0", "#a98cff", 1], [24, 122, 40, 15, -1, "#0fae9c", "#8ff5dc", 0],
      [12, 92, 50, 40, 1, "#d61f6b", "#ff86b5", 2], [12, 58, 44, 22, -1, "#f2a21f", "#ffe27a", 0],
    ];
    c.save(); c.translate(W / 2, H / 2);
    rings.forEach(([n, d, long, wide, dir, dark, light, form], k) => {
      const breathe = Math.sin(p * TAU + k * 1.9), swell = Math.sin(p * TAU + k * 2.6);
      const r = d * (1 + 0.1 * breathe), l = long * (1 + 0.24 * swell), w = wide * (1 - 0.26 * swell);
      for (let i = 0; i < n; i++) {
        c.save(); c.rotate((i / n) * TAU + dir * p * TAU / n + (k % 2) * Math.PI / n); c.translate(r, 0);
        c.fillStyle = linear(-l, 0, l, 0, light, dark); c.globalAlpha = 0.92; c.beginPath();
        if (form === 0) { c.moveTo(-l, 0); c.quadraticCurveTo(0, -w, l, 0); c.quadraticCurveTo(0, w, -l, 0); }
        else if (form === 1) { c.moveTo(-l, 0); c.lineTo(-l * 0.1, -w * 0.6); c.lineTo(l, 0); c.lineTo(-l * 0.1, w * 0.6); }
        else { c.moveTo(-l, 0); c.bezierCurveTo(-l * 0.4, -w * 0.5, l * 0.2, -w, l * 0.7, -w * 0.35); c.quadraticCurveTo(l * 0.55, 0, l * 0.7, w * 0.35); c.bezierCurveTo(l * 0.2, w, -l * 0.4, w * 0.5, -l, 0); }
        c.closePath(); c.fill();
        c.globalAlpha = 0.9; disc(l * 0.34, 0, 2.2 + d * 0.014, form === 1 ? "#fff6cf" : "rgba(255,255,255,.75)");
        c.restore();
      }
    });
    disc(0, 0, 30 + 5 * Math.sin(p * TAU), radial(0, 0, 2, 36, "#fffbe0", "#ffd23f", "#ff8a3d"));
    for (let i = 0; i < 12; i++) { c.save(); c.rotate((i / 12) * TAU + p * TAU / 12); disc(20, 0, 3, "#c9268f"); c.restore(); }
    c.restore();
    fillAll(radial(W / 2, H / 2, 150, 390, "rgba(10,2,40,0)", "rgba(10,2,40,.6)"));
  },

  clockwork(p) {
    fillAll(linear(0, 0, W, H, "#e9e3d6", "#d6ccb9"));
    c.strokeStyle = "rgba(120,105,80,.16)"; c.lineWidth = 1;
    for (let x = 0; x < W; x += 20) { c.beginPath(); c.moveTo(x, 0); c.lineTo(x, H); c.stroke(); }
    for (let y = 0; y < H; y += 20) { c.beginPath(); c.moveTo(0, y); c.lineTo(W, y); c.stroke(); }
    const M = 5.2;
    const gear = (x, y, teeth, turn, col, dark, holes) => {
      const r = teeth * M / 2, ro = r + M * 0.85, ri = r - M * 1.05;
      const outline = () => { c.beginPath(); for (let i = 0; i < teeth; i++) { const a = (i / teeth) * TAU, t = TAU / teeth; for (const [k, q] of [[-0.27, ri], [-0.13, ro], [0.13, ro], [0.27, ri]]) c.lineTo(q * Math.cos(a + k * t), q * Math.sin(a + k * t)); } c.closePath(); };
      c.save(); c.translate(x + 5, y + 8); c.rotate(turn); outline(); c.fillStyle = "rgba(70,52,30,.28)"; c.fill(); c.restore();
      c.save(); c.translate(x, y); c.rotate(turn); outline(); c.rotate(-turn); c.fillStyle = linear(-r, -r, r, r, col, dark); c.fill(); c.rotate(turn);
      c.strokeStyle = "rgba(255,255,255,.35)"; c.lineWidth = 1.6; c.beginPath(); c.arc(0, 0, ri - 5, 0, TAU); c.stroke();
      if (holes) { for (let i = 0; i < holes; i++) { c.rotate(TAU / holes); c.beginPath(); c.moveTo(ri * 0.36, -ri * 0.13); c.lineTo(ri * 0.78, -ri * 0.28); c.arc(0, 0, ri * 0.82, -0.34, 0.34); c.lineTo(ri * 0.36, ri * 0.13); c.closePath(); c.fillStyle = "rgba(60,45,28,.42)"; c.fill(); c.fillStyle = "rgba(233,227,214,.55)"; c.fill(); } }
      disc(0, 0, r * 0.22, dark); disc(0, 0, r * 0.15, col); disc(0, 0, r * 0.06, "#3b2f22"); c.restore();
    };
    // Meshing: centres one pitch sum apart; each turns by a whole number of its own holes and teeth in a loop.
    const A = p * TAU;
    const link = (g, teeth, dir) => { const d = (g.n + teeth) * M / 2, x = g.x + d * Math.cos(dir), y = g.y + d * Math.sin(dir); const t = dir + Math.PI + Math.PI / teeth - (g.t - dir) * g.n / teeth; return { x, y, n: teeth, t }; };
    const g0 = { x: 214, y: 196, n: 36, t: A / 3 };
    const g1 = link(g0, 18, -0.62), g2 = link(g1, 24, 0.35), g3 = link(g0, 12, 2.35), g4 = link(g2, 36, 0.62), g5 = link(g1, 12, -1.75), g6 = link(g3, 24, 2.75), g7 = link(g4, 18, -1.2);
    gear(g6.x, g6.y, 24, g6.t, "#8fa6a8", "#5c7477", 6); gear(g7.x, g7.y, 18, g7.t, "#c98f62", "#8f5a36", 0);
    gear(g4.x, g4.y, 36, g4.t, "#7d9aa6", "#4a6672", 6); gear(g0.x, g0.y, 36, g0.t, "#d8b05e", "#9c7430", 6);
    gear(g1.x, g1.y, 18, g1.t, "#b8694a", "#7f3f28", 3); gear(g2.x, g2.y, 24, g2.t, "#e3c88a", "#a8853f", 4); gear(g3.x, g3.y, 12, g3.t, "#6b5a4a", "#43362a", 0); gear(g5.x, g5.y, 12, g5.t, "#5f7f6d", "#3b5546", 0);
    c.save(); c.translate(420, 36); c.rotate(0.26 * Math.sin(A * 6)); c.strokeStyle = "rgba(70,52,30,.25)"; c.lineWidth = 6; c.beginPath(); c.moveTo(6, 8); c.lineTo(6, 250); c.stroke();
    c.strokeStyle = "#7a5c2e"; c.lineWidth = 5; c.beginPath(); c.moveTo(0, 0); c.lineTo(0, 240); c.stroke();
    disc(5, 262, 34, "rgba(70,52,30,.25)"); disc(0, 252, 34, radial(-10, 240, 2, 52, "#fff0c0", "#d8b05e", "#8a6424")); disc(0, 252, 22, radial(-6, 246, 1, 28, "#e9cd88", "#a87f38")); c.restore();
    disc(420, 36, 10, "#5a4630"); disc(420, 36, 5, "#d8b05e");
    c.save(); c.translate(g0.x, g0.y); disc(0, 0, 34, "#fbf7ee"); c.strokeStyle = "#5a4630"; c.lineWidth = 3; c.beginPath(); c.arc(0, 0, 34, 0, TAU); c.stroke();
    for (let i = 0; i < 12; i++) { c.save(); c.rotate(i / 12 * TAU); c.fillStyle = "#5a4630"; c.fillRect(-1, -30, 2, i % 3 ? 4 : 7); c.restore(); }
    const tick = Math.floor(p * 12) / 12 + ease(Math.min(1, (p * 12 % 1) * 5)) / 12;
    c.save(); c.rotate(tick * TAU); c.fillStyle = "#b8402f"; c.fillRect(-1.2, -27, 2.4, 34); c.restore(); disc(0, 0, 3.5, "#b8402f"); c.restore();
  },

  aurora(p) {
    fillAll(linear(0, 0, 0, 260, "#050b24", "#0d2148", "#1c4a6a"));
    const rnd = randomFrom(5);
    for (let i = 0; i < 130; i++) { const tw = 0.5 + 0.5 * Math.sin(p * TAU * (1 + Math.floor(rnd() * 3)) + rnd() * TAU); disc(rnd() * W, rnd() * 230, mix(0.35, 1.2, rnd()), `rgba(255,255,255,${0.2 + 0.6 * tw})`); }
    c.globalCompositeOperation = "screen";
    for (let k = 0; k < 3; k++) {
      const rgb = ["80,255,180", "90,200,255", "190,120,255"][k];
      for (let x = -10; x < W + 10; x += 4) {
        const u = x / W * TAU;
        const base = 178 - k * 26 + 24 * Math.sin(u * 0.9 + p * TAU + k * 2) + 13 * Math.sin(u * 2.1 - p * TAU + k) + 6 * Math.sin(u * 4.3 + p * TAU * 2);
        const tall = 84 + 34 * Math.sin(u * 1.6 - p * TAU + k * 1.7) + 16 * Math.sin(u * 7 + p * TAU + k);
        const a = 0.12 + 0.17 * (0.5 + 0.5 * Math.sin(u * 1.3 + p * TAU + k * 2.4)) * (0.65 + 0.35 * Math.sin(u * 15 - p * TAU * 2 + k));
        c.fillStyle = linear(0, base - tall, 0, base + 18, `rgba(${rgb},0)`, `rgba(${rgb},${a * 0.55})`, `rgba(${rgb},${a * 1.5})`, `rgba(${rgb},0)`);
        c.fillRect(x, base - tall, 8, tall + 18);
      }
    }
    c.globalCompositeOperation = "source-over";
    ridge(236, 46, 2.2, linear(0, 180, 0, 256, "#16365c", "#0f2848"), 256); ridge(248, 22, 5, "#0a1c38", 256);
    c.save(); c.translate(0, 512); c.scale(1, -1); c.globalAlpha = 0.5; c.drawImage(canvas, 0, 152, W, 104, 0, 152, W, 104); c.restore();
    c.fillStyle = linear(0, 256, 0, H, "rgba(6,16,40,.15)", "rgba(4,10,28,.7)"); c.fillRect(0, 256, W, H - 256);
    for (let i = 0; i < 80; i++) { const y = mix(258, H, rnd() ** 1.3), w = mix(14, 90, rnd()), x = rnd() * W + 10 * Math.sin(p * TAU + rnd() * TAU); c.fillStyle = `rgba(120,240,210,${0.05 + 0.09 * rnd()})`; c.fillRect(x, y, w, 1); }
    for (let i = 0; i < 46; i++) { const x = i * 14 + 5 * Math.sin(i * 7.1), side = Math.abs(x - 330) / 330; pine(x, 262, 14 + 30 * side * (0.6 + 0.4 * Math.sin(i * 3.7)), "#06122a"); }
    for (const [x, h] of [[-6, 210], [40, 150], [84, 176], [128, 104], [560, 130], [604, 190], [648, 230]]) pine(x, 372, h, "#030a1a");
    c.fillStyle = "#030a1a"; c.beginPath(); c.moveTo(0, H); c.lineTo(0, 340); c.quadraticCurveTo(200, 332, 330, 356); c.quadraticCurveTo(500, 334, W, 338); c.lineTo(W, H); c.fill();
  },

  lighthouse(p) {
    fillAll(linear(0, 0, 0, 240, "#0c1233", "#1c2a5c", "#3d4f8a"));
    const rnd = randomFrom(17);
    for (let i = 0; i < 120; i++) { const tw = 0.5 + 0.5 * Math.sin(p * TAU * (1 + Math.floor(rnd() * 2)) + rnd() * TAU); disc(rnd() * W, rnd() * 220, mix(0.35, 1.2, rnd()), `rgba(255,255,255,${0.2 + 0.6 * tw})`); }
    glow(98, 76, 60, "255,244,214", 0.22); c.fillStyle = "#fff4d6"; c.beginPath(); c.arc(92, 74, 22, -1.1, 1.75); c.arc(84, 70, 21, 1.35, -0.72, true); c.closePath(); c.fill();
    const lx = 452, ly = 104, turn = p * TAU, face = Math.cos(turn), reach = Math.sin(turn);
    ridge(236, 16, 2.1, "#1b2450", 244);
    c.fillStyle = linear(0, 240, 0, H, "#2f4479", "#1a2753", "#0d1433"); c.fillRect(0, 240, W, H - 240);
    for (const side of [1, -1]) {
      const dx = reach * side, near = face * side, long = 620 * Math.abs(dx) + 30, spread = 30 + 60 * Math.max(near, 0);
      c.save(); c.translate(lx, ly); c.scale(dx < 0 ? -1 : 1, 1);
      const a = 0.42 * (0.55 + 0.45 * near) * ease(Math.min(1, Math.abs(dx) * 3));
      c.fillStyle = linear(0, 0, long, 0, `rgba(255,236,170,${a})`, `rgba(255,236,170,${a * 0.35})`, "rgba(255,236,170,0)");
      c.beginPath(); c.moveTo(0, -5); c.lineTo(long, -spread); c.lineTo(long, spread + 10); c.lineTo(0, 5); c.fill(); c.restore();
      if (near > 0) { glow(lx + dx * 300, 300, 170 * near, "255,226,160", 0.3 * near); }
    }
    for (let i = 0; i < 150; i++) {
      const t = rnd() ** 1.4, y = 243 + t * 118, ph = rnd() * TAU, x = rnd() * W + 10 * t * Math.sin(turn + ph);
      const d = (x - lx) / 300, lit = Math.exp(-((d - reach) ** 2) * 5) * Math.max(0, face) + Math.exp(-((d + reach) ** 2) * 5) * Math.max(0, -face);
      c.fillStyle = `rgba(255,${Math.round(mix(226, 214, t))},170,${0.07 + 0.5 * lit * (0.6 + 0.4 * Math.sin(turn * 2 + ph))})`;
      c.beginPath(); c.ellipse(x, y, mix(6, 34, t), 0.6 + t * 1.5, 0, 0, TAU); c.fill();
    }
    shape([[300, 300], [330, 262], [372, 250], [400, 226], [440, 216], [486, 220], [520, 242], [566, 252], [600, 280], [648, 296], [648, 330], [300, 330]], "#10183a");
    shape([[330, 290], [372, 256], [404, 232], [446, 222], [486, 226], [500, 262], [470, 300]], "#1a2550");
    c.fillStyle = linear(lx - 24, 0, lx + 24, 0, "#ffffff", "#dfe3f2", "#8f98c0");
    shape([[lx - 15, 122], [lx + 15, 122], [lx + 23, 226], [lx - 23, 226]], c.fillStyle);
    for (const [y0, y1] of [[136, 158], [180, 202]]) { const w0 = 15 + (y0 - 122) * 0.077, w1 = 15 + (y1 - 122) * 0.077; shape([[lx - w0, y0], [lx + w0, y0], [lx + w1, y1], [lx - w1, y1]], linear(lx - 24, 0, lx + 24, 0, "#f0685c", "#d9483f", "#8f2a33")); }
    c.fillStyle = "#232c5c"; c.fillRect(lx - 20, 117, 40, 6); c.fillRect(lx - 13, 92, 26, 26); shape([[lx - 17, 92], [lx, 76], [lx + 17, 92]], "#c9403a");
    const flash = 0.55 + 0.45 * Math.abs(face); c.fillStyle = `rgba(255,240,180,${flash})`; c.fillRect(lx - 10, 95, 20, 21); glow(lx, ly, 30 + 34 * Math.abs(face) ** 6, "255,240,190", 0.9);
    c.fillStyle = "#ffd98a"; c.fillRect(lx - 4, 168, 8, 11);
    c.fillStyle = "#e9ecf7"; c.fillRect(494, 214, 44, 30); shape([[488, 216], [516, 196], [544, 216]], "#b5453f"); c.fillStyle = "#ffd98a"; c.fillRect(502, 224, 9, 10); c.fillRect(520, 224, 9, 10); glow(515, 230, 40, "255,210,130", 0.5);
    const by = 300 + 2.5 * Math.sin(turn * 2);
    c.save(); c.translate(150, by); c.rotate(0.04 * Math.sin(turn * 2 + 1)); shape([[-2, 0], [-2, -58], [28, -6]], "#c9d3f0"); shape([[-32, 0], [36, 0], [26, 12], [-22, 12]], "#39427a"); disc(-14, -4, 2.5, "#ffe3a0"); glow(-14, -4, 16, "255,220,150", 0.7); c.restore();
    for (let k = 0; k < 3; k++) { const pts = [[0, H]]; for (let x = 0; x <= W; x += 8) pts.push([x, 322 + k * 14 + 4 * Math.sin((x / W) * TAU * (3 + k) + (k % 2 ? -1 : 1) * turn + k)]); pts.push([W, H]); shape(pts, ["rgba(22,34,78,.75)", "rgba(15,24,60,.8)", "rgba(9,15,42,.9)"][k]); }
  },

  rain(p) {
    fillAll(linear(0, 0, 0, H, "#2b3550", "#4a5270", "#7a6a7c"));
    const rnd = randomFrom(29);
    for (let i = 0; i < 26; i++) {
      const x = rnd() * W, y = mix(150, 350, rnd()), r = mix(12, 36, rnd()), ph = rnd() * TAU, rgb = ["255,196,120", "255,150,120", "150,190,240", "255,226,170"][i % 4];
      disc(x, y, r, `rgba(${rgb},${0.13 + 0.1 * (0.5 + 0.5 * Math.sin(p * TAU + ph))})`); c.strokeStyle = `rgba(${rgb},.16)`; c.lineWidth = 1.5; c.beginPath(); c.arc(x, y, r, 0, TAU); c.stroke();
    }
    c.fillStyle = linear(0, 0, W, H, "rgba(200,215,240,.12)", "rgba(200,215,240,0)", "rgba(255,210,170,.10)"); c.fillRect(0, 0, W, H);
    const bead = (x, y, r, stretch) => {
      c.save(); c.translate(x, y); c.scale(1, stretch);
      disc(0, 0, r, linear(0, -r, 0, r, "rgba(25,32,60,.55)", "rgba(170,185,215,.35)", "rgba(255,236,214,.85)"));
      c.fillStyle = "rgba(255,255,255,.9)"; c.beginPath(); c.ellipse(-r * 0.32, -r * 0.42, r * 0.24, r * 0.16, -0.5, 0, TAU); c.fill(); c.restore();
    };
    for (let i = 0; i < 150; i++) bead(rnd() * W, rnd() * H, mix(0.9, 3.8, rnd() ** 2), mix(1, 1.25, rnd()));
    for (let i = 0; i < 17; i++) {
      const x0 = 20 + i * 37 + 14 * (rnd() - 0.5), ph = rnd(), r = mix(3.4, 6.2, rnd()), path = (t) => x0 + 6 * Math.sin(t * 9 + i) + 3 * Math.sin(t * 23 + i * 2);
      const u = wrap(p + ph, 1), hold = 0.25, t = u < hold ? 0 : ease((u - hold) / (1 - hold)) ** 1.2, y = mix(-24, H + 60, t);
      const grown = Math.min(1, u / hold);
      c.lineCap = "round";
      for (let k = 1; k < 12; k++) { const yy = y - k * 13; if (yy > -20 && t > 0.001) { const tt = (yy + 24) / (H + 84); c.strokeStyle = `rgba(220,230,248,${0.28 * (1 - k / 12)})`; c.lineWidth = r * 1.1 * (1 - k / 13); c.beginPath(); c.moveTo(path(tt), yy); c.lineTo(path(tt + 0.03), yy + 12); c.stroke(); } }
      bead(path(t), y, r * (0.6 + 0.4 * grown), 1.3);
    }
    c.fillStyle = linear(0, 300, 0, H, "rgba(20,20,36,0)", "rgba(24,20,34,.75)"); c.fillRect(0, 290, W, 70);
    c.fillStyle = "#2b2233"; c.fillRect(0, 338, W, 22); c.fillStyle = "#4a3a4c"; c.fillRect(0, 334, W, 6);
    c.fillStyle = "rgba(0,0,0,.35)"; c.beginPath(); c.ellipse(516, 340, 54, 6, 0, 0, TAU); c.fill();
    c.fillStyle = linear(480, 0, 552, 0, "#f3e6d8", "#c9a68f"); c.beginPath(); c.moveTo(480, 276); c.lineTo(552, 276); c.bezierCurveTo(552, 318, 544, 336, 530, 338); c.lineTo(502, 338); c.bezierCurveTo(488, 336, 480, 318, 480, 276); c.fill();
    c.strokeStyle = "#d9bfa8"; c.lineWidth = 8; c.beginPath(); c.arc(554, 302, 15, -1.4, 1.5); c.stroke(); c.fillStyle = "#6b4030"; c.beginPath(); c.ellipse(516, 276, 36, 6, 0, 0, TAU); c.fill();
    c.strokeStyle = "#b5604a"; c.lineWidth = 4; c.beginPath(); c.moveTo(482, 300); c.quadraticCurveTo(516, 310, 550, 300); c.stroke();
    for (let k = 0; k < 3; k++) { const w = wrap(p * 2 + k / 3, 1); c.strokeStyle = `rgba(255,255,255,${0.3 * Math.sin(w * Math.PI)})`; c.lineWidth = 5 + 7 * w; c.beginPath(); const y = 268 - w * 74, x = 504 + k * 12; c.moveTo(x + 5 * Math.sin(w * 6 + k), y); c.quadraticCurveTo(x + 8 * Math.sin(w * 6 + k + 1), y - 11, x + 5 * Math.sin(w * 6 + k + 2), y - 22); c.stroke(); }
    c.strokeStyle = "#2b2233"; c.lineWidth = 12; c.strokeRect(0, -6, W, H + 12); c.fillStyle = "#2b2233"; c.fillRect(314, 0, 10, 336);
  },

  fireworks(p) {
    fillAll(linear(0, 0, 0, H, "#0b0a2e", "#261457", "#5b2470"));
    const rnd = randomFrom(52);
    for (let i = 0; i < 70; i++) disc(rnd() * W, rnd() * 230, mix(0.3, 1, rnd()), `rgba(255,255,255,${0.3 + 0.4 * rnd()})`);
    const cols = [["255,210,90", "255,245,200"], ["255,90,150", "255,200,225"], ["80,225,255", "220,250,255"], ["150,255,150", "230,255,220"], ["190,130,255", "235,215,255"], ["255,140,70", "255,225,180"]];
    const shells = [[140, 118, 0.02, 0, 104], [470, 104, 0.2, 1, 128], [300, 130, 0.36, 2, 100], [556, 140, 0.52, 3, 90], [190, 104, 0.66, 4, 122], [400, 128, 0.82, 5, 108]];
    c.globalCompositeOperation = "lighter"; c.lineCap = "round";
    for (const [x, y, at, k, size] of shells) {
      const t = wrap(p - at, 1) / 0.5;
      if (t > 1) continue;
      const rise = 0.22, [rgb, pale] = cols[k];
      if (t < rise) { const u = t / rise, yy = mix(330, y, 1 - (1 - u) ** 2), tail = 34 * (1 - u) + 8; c.strokeStyle = linear(0, yy, 0, yy + tail, `rgba(${pale},.9)`, `rgba(${rgb},0)`); c.lineWidth = 2.4; c.beginPath(); c.moveTo(x, yy); c.lineTo(x, yy + tail); c.stroke(); continue; }
      const u = (t - rise) / (1 - rise), grow = 1 - (1 - u) ** 3, fade = Math.max(0, 1 - u ** 3);
      glow(x, y, size * 1.6, rgb, 0.35 * fade * (1 - u)); const spokes = [26, 34, 22][k % 3];
      for (let ring = 0; ring < 3; ring++) for (let i = 0; i < spokes; i++) {
        const a = (i / spokes) * TAU + ring * 0.1, r = size * grow * [1, 0.7, 0.42][ring], drop = 26 * u * u;
        const x1 = x + r * Math.cos(a), y1 = y + r * Math.sin(a) + drop, r0 = r * (0.55 + 0.3 * u), x0 = x + r0 * Math.cos(a), y0 = y + r0 * Math.sin(a) + drop * 0.7;
        c.strokeStyle = `rgba(${ring === 1 ? pale : rgb},${0.75 * fade})`; c.lineWidth = 2.6 - 1.2 * u; c.beginPath(); c.moveTo(x0, y0); c.lineTo(x1, y1); c.stroke(); disc(x1, y1, 2.2 * (1 - 0.4 * u), `rgba(${pale},${fade})`);
      }
    }
    c.globalCompositeOperation = "source-over";
    const town = randomFrom(3);
    for (let x = -6; x < W;) {
      const w = mix(24, 52, town()), h = mix(26, 80, town());
      c.fillStyle = "#120b33"; c.fillRect(x, 300 - h, w, h + 20); const roof = town();
      if (roof < 0.4) shape([[x - 3, 300 - h], [x + w / 2, 282 - h], [x + w + 3, 300 - h]], "#120b33"); else if (roof > 0.85) { c.beginPath(); c.arc(x + w / 2, 300 - h, w / 2, Math.PI, TAU); c.fill(); c.fillRect(x + w / 2 - 1, 270 - h, 2, 20); }
      for (let r = 0; r < 4; r++) for (let q = 0; q < 3; q++) if (town() > 0.55 && 308 - h + r * 16 < 296) { c.fillStyle = "#ffcf7a"; c.fillRect(x + 6 + q * (w - 10) / 3, 308 - h + r * 16, 5, 7); }
      x += w + 2;
    }
    c.fillStyle = linear(0, 312, 0, H, "#2a1858", "#0d0828"); c.fillRect(0, 312, W, 48);
    for (const [x, , at, k] of shells) { const t = wrap(p - at, 1) / 0.5; if (t > 0.22 && t < 1) { const u = (t - 0.22) / 0.78; c.save(); c.translate(x, 330); c.scale(2.6, 0.55); glow(0, 0, 50, cols[k][0], 0.4 * (1 - u ** 2) * Math.min(1, u * 8)); c.restore(); } }
    for (let i = 0; i < 40; i++) { c.fillStyle = `rgba(255,220,170,${0.08 + 0.07 * Math.sin(p * TAU * 2 + i)})`; c.fillRect(town() * W, mix(316, 356, town()), mix(10, 50, town()), 1.3); }
  },
};

function frame(name, p) {
  c.setTransform(1, 0, 0, 1, 0, 0); c.globalAlpha = 1; c.globalCompositeOperation = "source-over"; c.lineCap = "butt";
  c.clearRect(0, 0, W, H);
  scenes[name](p);
  return canvas.toDataURL("image/png").slice(22);
}
