// The reader in a thread of its own. One picture at a time: the page sends the next when this one is answered.

import { fromRgba } from "./pixels.js";
import { Reader } from "./reader.js";

let reader;
let canvas;

function pixelsOf(bitmap) {
  canvas ??= new OffscreenCanvas(bitmap.width, bitmap.height);
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  }
  const pen = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  return fromRgba(pen.getImageData(0, 0, canvas.width, canvas.height));
}

self.onmessage = async ({ data }) => {
  try {
    if (data.open) {
      reader = await Reader.open(data.open);
      // The first picture is slow; let it be one that nobody waits for.
      await reader.find({ width: 64, height: 48, channels: 3, data: new Uint8ClampedArray(64 * 48 * 3) });
      await reader.classify(new Uint8Array(reader.numbers.crop.face_size_px ** 2));
      self.postMessage({ opened: true });
    } else {
      const began = performance.now();
      const reading = await reader.read(pixelsOf(data.bitmap));
      self.postMessage({ reading, at: data.at, tookMs: performance.now() - began });
    }
  } catch (error) {
    self.postMessage({ failed: String(error?.message ?? error) });
  }
};
