// Finds faces as emotion/faces.py (YuNetDetector) and emotion/yunet.py do, and cuts them out as emotion/crops.py.

import { greyRegion, resizeArea, resizeLanczos, resizeLinear, round, warpCubic } from "./pixels.js";

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function intersectionOverUnion(a, b) {
  const wide = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const high = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (wide <= 0 || high <= 0) return 0;
  return (wide * high) / (a[2] * a[3] + b[2] * b[3] - wide * high);
}

// The network's input: blue, green, red, one after the other; black to the right and below.
function asInput(picture, largestStride) {
  const width = Math.ceil(picture.width / largestStride) * largestStride;
  const height = Math.ceil(picture.height / largestStride) * largestStride;
  const pixels = new Float32Array(3 * width * height);
  for (let y = 0, from = 0; y < picture.height; y++) {
    for (let x = 0, to = y * width; x < picture.width; x++, to++) {
      pixels[to] = picture.data[from++];
      pixels[to + width * height] = picture.data[from++];
      pixels[to + 2 * width * height] = picture.data[from++];
    }
  }
  return { pixels, width, height };
}

// Rows of x, y, width, height, five landmarks' x and y, score; places are numbered along the rows.
function decode(answers, stride, columns, least) {
  const [face, object, box, points] = answers;
  const rows = [];
  for (let place = 0; place < face.length; place++) {
    const score = Math.fround(Math.sqrt(Math.fround(clamp(face[place], 0, 1) * clamp(object[place], 0, 1))));
    if (!(score >= least)) continue;
    const corner = [place % columns, Math.floor(place / columns)];
    const row = new Float32Array(15);
    for (const axis of [0, 1]) {
      row[2 + axis] = Math.exp(box[4 * place + 2 + axis]) * stride;
      row[axis] = (corner[axis] + box[4 * place + axis]) * stride - row[2 + axis] / 2;
    }
    for (let i = 0; i < 10; i++) row[4 + i] = (corner[i % 2] + points[10 * place + i]) * stride;
    row[14] = score;
    rows.push(row);
  }
  return rows;
}

export function keepSurest(rows, overlap, most) {
  const kept = [];
  for (const row of [...rows].sort((a, b) => b[14] - a[14]).slice(0, most)) {
    if (kept.every((other) => intersectionOverUnion(row, other) <= overlap)) kept.push(row);
  }
  return kept;
}

function shareInside(row, width, height) {
  const wide = Math.min(row[0] + row[2], width) - Math.max(row[0], 0);
  const high = Math.min(row[1] + row[3], height) - Math.max(row[1], 0);
  return (Math.max(wide, 0) * Math.max(high, 0)) / (row[2] * row[3]);
}

// Faces in a colour picture, largest first: { box: [x, y, width, height], confidence, landmarks: ten numbers }.
// `run` gives the network's twelve answers, by name, for pixels (1, 3, height, width).
export async function findFaces(frame, options, run) {
  const { width, height } = frame;
  const scale = Math.min(options.width_px / Math.max(width, height), options.max_enlargement);
  const size = [Math.max(1, round(width * scale)), Math.max(1, round(height * scale))];
  if (Math.min(width, height) < options.min_face_px || Math.min(...size) < options.min_face_searched_px) return [];
  const resize = scale < 0.5 ? resizeArea : resizeLinear;
  const small = size[0] === width && size[1] === height ? frame : resize(frame, ...size);
  const input = asInput(small, options.strides.at(-1));
  const answers = await run(input);
  const found = options.strides.flatMap((stride) =>
    decode(
      ["cls", "obj", "bbox", "kps"].map((kind) => answers[`${kind}_${stride}`]),
      stride, input.width / stride, Math.fround(options.min_confidence),
    ));
  const least = Math.max(options.min_face_searched_px, options.min_face_px * scale);
  return keepSurest(found, options.overlap, options.most_candidates)
    .filter((row) => Math.min(row[2], row[3]) >= least)
    .map((row) => row.map((value, i) => (i === 14 ? value : value * (i % 2 ? height / size[1] : width / size[0]))))
    .filter((row) => row.every(Number.isFinite) && shareInside(row, width, height) >= 0.5)
    .sort((a, b) => b[2] * b[3] - a[2] * a[3])
    .slice(0, options.max_faces)
    .map((row) => ({ box: [...row.subarray(0, 4)], confidence: Math.min(1, row[14]), landmarks: [...row.subarray(4, 14)] }));
}

// A face's crop: grey, as large as the classifier wants it.
export function cutOut(frame, { box, landmarks }, options) {
  const meanSide = (box[2] + box[3]) / 2;
  let side = Math.max(1, meanSide * (1 + options.margin));
  let x = box[0] + box[2] / 2;
  let y = box[1] + box[3] / 2 + options.shift_down * meanSide;
  const tilt = Math.atan2(landmarks[3] - landmarks[1], landmarks[2] - landmarks[0]);
  const turn = Math.abs(tilt) >= (options.level_from_deg * Math.PI) / 180 ? tilt : 0;
  const reach = (side * (Math.abs(Math.cos(turn)) + Math.abs(Math.sin(turn)))) / 2 + 3;
  const left = Math.trunc(clamp(x - reach, 0, frame.width - 1));
  const top = Math.trunc(clamp(y - reach, 0, frame.height - 1));
  const right = Math.trunc(clamp(x + reach + 1, left + 1, frame.width));
  const bottom = Math.trunc(clamp(y + reach + 1, top + 1, frame.height));
  let region = greyRegion(frame, left, top, right, bottom);
  x -= left;
  y -= top;
  const points = options.face_size_px * clamp(Math.ceil(side / options.face_size_px), 1, options.most_times);
  if (side > 1.5 * points) {
    const factor = side / points;
    const [width, height] = [region.width, region.height];
    region = resizeArea(region, Math.max(1, round(width / factor)), Math.max(1, round(height / factor)));
    x *= region.width / width;
    y *= region.height / height;
    side *= region.width / width;
  }
  const step = side / points;
  const [cos, sin] = [step * Math.cos(turn), step * Math.sin(turn)];
  const middle = (points - 1) / 2;
  const toRegion = [
    [cos, -sin, x - 0.5 - cos * middle + sin * middle],
    [sin, cos, y - 0.5 - sin * middle - cos * middle],
  ];
  return resizeLanczos(warpCubic(region, toRegion, points), options.face_size_px).data;
}
