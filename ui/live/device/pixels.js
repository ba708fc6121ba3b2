// Pixels as emotion/ has them from OpenCV and Pillow: the same rounding, so that a crop is the same picture.
// A picture is { width, height, channels, data } with uint8 data, row by row; colours in the order B, G, R.

export const picture = (width, height, channels, data = new Uint8ClampedArray(width * height * channels)) =>
  ({ width, height, channels, data });

// Halves to the even neighbour, as cvRound and NumPy do.
export function round(value) {
  const low = Math.floor(value);
  const over = value - low;
  if (over !== 0.5) return over < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

const clamp = (value, low, high) => (value < low ? low : value > high ? high : value);

export function fromRgba({ width, height, data }) {
  const out = picture(width, height, 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    out.data[to] = data[from + 2];
    out.data[to + 1] = data[from + 1];
    out.data[to + 2] = data[from];
  }
  return out;
}

// cv2.cvtColor(region, COLOR_BGR2GRAY)
export function greyRegion(source, left, top, right, bottom) {
  const out = picture(right - left, bottom - top, 1);
  let to = 0;
  for (let y = top; y < bottom; y++) {
    let from = (y * source.width + left) * 3;
    for (let x = left; x < right; x++, from += 3, to++) {
      out.data[to] =
        (source.data[from] * 3735 + source.data[from + 1] * 19235 + source.data[from + 2] * 9798 + 16384) >> 15;
    }
  }
  return out;
}

// Which source pixels make up each place of one axis, and how much of each (OpenCV's computeResizeAreaTab):
// the pixels and shares of place p stand at starts[p] to starts[p + 1].
function areaShares(sourceSize, size) {
  const scale = sourceSize / size;
  const starts = new Int32Array(size + 1);
  const pixels = [];
  const shares = [];
  const add = (pixel, share) => {
    pixels.push(pixel);
    shares.push(share);
  };
  for (let place = 0; place < size; place++) {
    const from = place * scale;
    const to = from + scale;
    const cell = Math.min(scale, sourceSize - from);
    const last = Math.min(Math.floor(to), sourceSize - 1);
    const first = Math.min(Math.ceil(from), last);
    if (first - from > 1e-3) add(first - 1, (first - from) / cell);
    for (let pixel = first; pixel < last; pixel++) add(pixel, 1 / cell);
    if (to - last > 1e-3) add(last, Math.min(to - last, 1, cell) / cell);
    starts[place + 1] = pixels.length;
  }
  return { starts, pixels: Int32Array.from(pixels), shares: Float32Array.from(shares) };
}

// cv2.resize(source, (width, height), interpolation=INTER_AREA), for making smaller
export function resizeArea(source, width, height) {
  if (source.width === 2 * width && source.height === 2 * height) return halve(source);
  const { channels, data } = source;
  const out = picture(width, height, channels);
  const columns = areaShares(source.width, width);
  const rows = areaShares(source.height, height);
  const length = width * channels;
  const sum = new Float32Array(length);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let row = rows.starts[y]; row < rows.starts[y + 1]; row++) {
      const start = rows.pixels[row] * source.width * channels;
      for (let x = 0, to = 0; x < width; x++) {
        for (let c = 0; c < channels; c++, to++) {
          let value = 0;
          for (let i = columns.starts[x]; i < columns.starts[x + 1]; i++) {
            value = Math.fround(value + Math.fround(data[start + columns.pixels[i] * channels + c] * columns.shares[i]));
          }
          sum[to] += Math.fround(value * rows.shares[row]);
        }
      }
    }
    // The array itself rounds as OpenCV does.
    out.data.set(sum, y * length);
  }
  return out;
}

// The two neighbours of each place of one axis, and the second one's share of 2048.
function linearShares(sourceSize, size) {
  const scale = sourceSize / size;
  const places = [];
  for (let place = 0; place < size; place++) {
    let at = Math.fround((place + 0.5) * scale - 0.5);
    let first = Math.floor(at);
    at = Math.fround(at - first);
    if (first < 0) [first, at] = [0, 0];
    if (first >= sourceSize - 1) [first, at] = [sourceSize - 1, 0];
    places.push([
      first, Math.min(first + 1, sourceSize - 1), round(Math.fround((1 - at) * 2048)), round(Math.fround(at * 2048)),
    ]);
  }
  return places;
}

// cv2.resize(source, (width, height), interpolation=INTER_LINEAR)
export function resizeLinear(source, width, height) {
  if (source.width === 2 * width && source.height === 2 * height) return halve(source);
  const { channels } = source;
  const out = picture(width, height, channels);
  const columns = linearShares(source.width, width);
  const rows = linearShares(source.height, height);
  const made = new Map();
  const line = (row) => {
    let found = made.get(row);
    if (found) return found;
    // Two lines are enough: the next place begins at or below this one's.
    if (made.size > 1) made.delete(made.keys().next().value);
    found = new Int32Array(width * channels);
    const start = row * source.width * channels;
    for (let x = 0; x < width; x++) {
      const [first, second, share, rest] = columns[x];
      for (let c = 0; c < channels; c++) {
        found[x * channels + c] =
          source.data[start + first * channels + c] * share + source.data[start + second * channels + c] * rest;
      }
    }
    made.set(row, found);
    return found;
  };
  for (let y = 0; y < height; y++) {
    const [first, second, share, rest] = rows[y];
    const above = line(first);
    const below = line(second);
    const start = y * width * channels;
    for (let i = 0; i < above.length; i++) {
      out.data[start + i] = (((share * (above[i] >> 4)) >> 16) + ((rest * (below[i] >> 4)) >> 16) + 2) >> 2;
    }
  }
  return out;
}

// OpenCV takes the mean of four pixels where both sides are halved.
function halve(source) {
  const { channels } = source;
  const [width, height] = [source.width / 2, source.height / 2];
  const out = picture(width, height, channels);
  const step = source.width * channels;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let from = 2 * y * step + 2 * x * channels;
      for (let c = 0; c < channels; c++, from++, to++) {
        const { data } = source;
        out.data[to] = (data[from] + data[from + channels] + data[from + step] + data[from + step + channels] + 2) >> 2;
      }
    }
  }
  return out;
}

const CUBIC = -0.75;
const PLACES = 32;
const WHOLE = 32768;

function cubic(x) {
  const a = Math.fround(x);
  const shares = [
    ((CUBIC * (a + 1) - 5 * CUBIC) * (a + 1) + 8 * CUBIC) * (a + 1) - 4 * CUBIC,
    ((CUBIC + 2) * a - (CUBIC + 3)) * a * a + 1,
    ((CUBIC + 2) * (1 - a) - (CUBIC + 3)) * (1 - a) * (1 - a) + 1,
  ].map(Math.fround);
  return [...shares, Math.fround(1 - shares[0] - shares[1] - shares[2])];
}

// OpenCV's table: 16 whole numbers for each of 32 × 32 places between the pixels, which sum to 32,768.
const CUBIC_TABLE = (() => {
  const table = new Int32Array(PLACES * PLACES * 16);
  const lines = Array.from({ length: PLACES }, (_, i) => cubic(i / PLACES));
  for (let i = 0; i < PLACES; i++) {
    for (let j = 0; j < PLACES; j++) {
      const at = (i * PLACES + j) * 16;
      let sum = 0;
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 4; x++) {
          const share = round(Math.fround(Math.fround(lines[i][y] * lines[j][x]) * WHOLE));
          table[at + y * 4 + x] = share;
          sum += share;
        }
      }
      if (sum !== WHOLE) {
        // What rounding lost or won goes to the largest or from the smallest of the four in the middle.
        let largest = 10;
        let smallest = 10;
        for (let y = 2; y < 4; y++) {
          for (let x = 2; x < 4; x++) {
            if (table[at + y * 4 + x] < table[at + smallest]) smallest = y * 4 + x;
            else if (table[at + y * 4 + x] > table[at + largest]) largest = y * 4 + x;
          }
        }
        if (sum < WHOLE) table[at + largest] += WHOLE - sum;
        else table[at + smallest] += WHOLE - sum;
      }
    }
  }
  return table;
})();

// cv2.warpAffine(source, m, (size, size), INTER_CUBIC | WARP_INVERSE_MAP, BORDER_REPLICATE), of a grey picture
export function warpCubic(source, m, size) {
  const { width, height, data } = source;
  const out = picture(size, size, 1);
  for (let y = 0; y < size; y++) {
    const x0 = round((m[0][1] * y + m[0][2]) * 1024) + 16;
    const y0 = round((m[1][1] * y + m[1][2]) * 1024) + 16;
    for (let x = 0; x < size; x++) {
      const atX = (x0 + round(m[0][0] * x * 1024)) >> 5;
      const atY = (y0 + round(m[1][0] * x * 1024)) >> 5;
      const left = (atX >> 5) - 1;
      const top = (atY >> 5) - 1;
      const shares = ((atY & 31) * PLACES + (atX & 31)) * 16;
      let sum = 0;
      for (let j = 0; j < 4; j++) {
        const line = clamp(top + j, 0, height - 1) * width;
        for (let i = 0; i < 4; i++) {
          sum += data[line + clamp(left + i, 0, width - 1)] * CUBIC_TABLE[shares + 4 * j + i];
        }
      }
      out.data[y * size + x] = (sum + WHOLE / 2) >> 15;
    }
  }
  return out;
}

const lanczos = (x) => {
  if (x <= -3 || x >= 3) return 0;
  const sinc = (value) => (value === 0 ? 1 : Math.sin(value * Math.PI) / (value * Math.PI));
  return sinc(x) * sinc(x / 3);
};

// Pillow's precomputed shares of one axis, as whole numbers of 2 ** 22.
function lanczosShares(sourceSize, size) {
  const scale = sourceSize / size;
  const support = 3 * scale;
  return Array.from({ length: size }, (_, place) => {
    const center = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(sourceSize, Math.trunc(center + support + 0.5));
    const shares = [];
    let sum = 0;
    for (let x = first; x < last; x++) {
      const share = lanczos((x - center + 0.5) / scale);
      shares.push(share);
      sum += share;
    }
    return [first, shares.map((share) => Math.trunc((share / sum) * 4194304 + (share < 0 ? -0.5 : 0.5)))];
  });
}

// Sharpens and shrinks each line of a picture, and turns the result on its side.
function shrinkLines(data, length, lines, shares) {
  const size = shares.length;
  const out = new Uint8ClampedArray(lines * size);
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < size; place++) {
      const [first, weights] = shares[place];
      let sum = 2097152;
      for (let i = 0; i < weights.length; i++) sum += data[line * length + first + i] * weights[i];
      out[place * lines + line] = Math.floor(sum / 4194304);
    }
  }
  return out;
}

// Image.resize((size, size), LANCZOS), of a square grey picture that is larger
export function resizeLanczos(source, size) {
  const from = source.width;
  if (from === size) return source;
  const shares = lanczosShares(from, size);
  const narrow = shrinkLines(source.data, from, from, shares);
  return picture(size, size, 1, shrinkLines(narrow, from, size, shares));
}
