// Whether a face's picture is good enough to read, as emotion/quality.py judges it. Its thresholds come from there.

const mirrored = (at, size) => (at < 0 ? -at : at >= size ? 2 * size - 2 - at : at);

function spread(values) {
  let mean = 0;
  for (const value of values) mean += value;
  mean /= values.length;
  let sum = 0;
  for (const value of values) sum += (value - mean) ** 2;
  return Math.sqrt(sum / values.length);
}

function sharpness(crop, size, edge) {
  const fine = [];
  const inside = [];
  for (let y = edge; y < size - edge; y++) {
    for (let x = edge; x < size - edge; x++) {
      const at = y * size + x;
      inside.push(crop[at]);
      fine.push(crop[at - 1] + crop[at + 1] + crop[at - size] + crop[at + size] - 4 * crop[at]);
    }
  }
  return spread(fine) / (spread(inside) + 1e-3);
}

function flatShare(crop, size, options) {
  const reach = (options.flat_window_px - 1) / 2;
  const limit = (options.flat_contrast * spread(crop)) ** 2;
  let flat = 0;
  for (let y = options.edge; y < size - options.edge; y++) {
    for (let x = options.edge; x < size - options.edge; x++) {
      let sum = 0;
      let squares = 0;
      for (let j = -reach; j <= reach; j++) {
        for (let i = -reach; i <= reach; i++) {
          const value = crop[mirrored(y + j, size) * size + mirrored(x + i, size)];
          sum += value;
          squares += value * value;
        }
      }
      const mean = sum / options.flat_window_px ** 2;
      if (squares / options.flat_window_px ** 2 - mean * mean < limit && mean < options.clipped_from - 5) flat++;
    }
  }
  return flat / (size - 2 * options.edge) ** 2;
}

// How evenly neighbours along one axis change, over some lines; near 0 for a mosaic.
function evenness(lines, length, strips, value) {
  const step = Math.max(1, Math.floor(lines / strips));
  const energy = new Float64Array(length - 1);
  for (let line = 0; line < lines; line += step) {
    for (let at = 0; at < length - 1; at++) energy[at] += (value(line, at + 1) - value(line, at)) ** 2;
  }
  const mean = energy.reduce((sum, one) => sum + one, 0) / energy.length;
  const sorted = [...energy].sort((a, b) => a - b);
  return sorted[Math.trunc(0.4 * energy.length)] / (mean + 1e-6);
}

function smoothness(frame, box, options) {
  const [x0, y0] = [Math.max(0, Math.trunc(box[0])), Math.max(0, Math.trunc(box[1]))];
  const wide = Math.min(frame.width, Math.trunc(box[0] + box[2]) + 1) - x0;
  const high = Math.min(frame.height, Math.trunc(box[1] + box[3]) + 1) - y0;
  if (Math.min(wide, high) < 8) return 1;
  const green = (y, x) => frame.data[((y0 + y) * frame.width + x0 + x) * 3 + 1];
  return Math.max(
    evenness(high, wide, options.strips, green),
    evenness(wide, high, options.strips, (x, y) => green(y, x)),
  );
}

// What is wrong with the picture of a face, or null. The first problem alone is named.
export function judgeFace(frame, box, crop, size, options) {
  const { problems } = options;
  const sorted = Uint8Array.from(crop).sort();
  if (sorted[options.bright_place] < options.dark_below) return problems.too_dark;
  if (crop.filter((value) => value >= options.clipped_from).length / crop.length > options.clipped_share) {
    return problems.too_bright;
  }
  if (sharpness(crop, size, options.edge) < options.sharp_from) {
    return Math.min(box[2], box[3]) < options.small_px ? problems.too_small : problems.blurred;
  }
  if (flatShare(crop, size, options) > options.flat_share) return problems.covered;
  return smoothness(frame, box, options) < options.blocky_below ? problems.blocky : null;
}

// Why a frame without a face may hide one, or null.
export function judgeFrame(frame, options) {
  const step = Math.max(1, Math.floor(Math.min(frame.width, frame.height) / options.frame_strips));
  let sum = 0;
  let count = 0;
  for (let y = 0; y < frame.height; y += step) {
    for (let x = 0; x < frame.width; x += step) {
      const at = (y * frame.width + x) * 3;
      sum += frame.data[at] + frame.data[at + 1] + frame.data[at + 2];
      count += 3;
    }
  }
  if (sum / count < options.unlit_mean) return options.problems.too_dark;
  return sum / count > options.glaring_mean ? options.problems.too_bright : null;
}
