// Reads the faces of one picture: the same steps and numbers as emotion/, on onnxruntime-web.

import { cutOut, findFaces } from "./faces.js";
import { judgeFace, judgeFrame } from "./quality.js";

// See emotion.classifier.calibrate.
function calibrate(row, { temperature, smallest_probability: least }) {
  const logs = row.map((p) => Math.log(Math.max(p, least)) / temperature);
  const top = Math.max(...logs);
  const shares = logs.map((log) => Math.exp(log - top));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

export class Reader {
  // `runtime`: addresses of onnxruntime-web's module, mjs and wasm; `detector`, `classifier`: of the networks;
  // `numbers`: emotion.device.numbers().
  static async open({ runtime, detector, classifier, numbers }) {
    const ort = await import(runtime.module);
    // More threads would need a page that is isolated by special headers.
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { mjs: runtime.mjs, wasm: runtime.wasm };
    const options = { executionProviders: ["wasm"] };
    const open = (address) => ort.InferenceSession.create(address, options);
    return new Reader(ort, await open(detector), await open(classifier), numbers);
  }

  constructor(ort, detector, classifier, numbers) {
    this.ort = ort;
    this.detector = detector;
    this.classifier = classifier;
    this.numbers = numbers;
  }

  async find(frame) {
    return findFaces(frame, this.numbers.detector, async ({ pixels, width, height }) => {
      const input = new this.ort.Tensor("float32", pixels, [1, 3, height, width]);
      const answers = await this.detector.run({ [this.detector.inputNames[0]]: input });
      return Object.fromEntries(Object.entries(answers).map(([name, tensor]) => [name, tensor.data]));
    });
  }

  // Probabilities of grey crops, one after the other in one array.
  async classify(crops) {
    const side = this.numbers.crop.face_size_px;
    const count = crops.length / side ** 2;
    const input = new this.ort.Tensor("float32", Float32Array.from(crops), [count, side, side, 1]);
    const answers = await this.classifier.run({ [this.classifier.inputNames[0]]: input });
    const { data } = answers[this.classifier.outputNames[0]];
    const length = this.numbers.labels.length;
    return Array.from({ length: count }, (_, i) =>
      calibrate([...data.subarray(i * length, (i + 1) * length)], this.numbers));
  }

  // { size, faces: [{ box, p, q }], frame }, as ui/live/wire.py takes it; boxes in pixels of the picture.
  async read(frame) {
    const { crop: options, quality } = this.numbers;
    const faces = await this.find(frame);
    const crops = faces.map((face) => cutOut(frame, face, options));
    const all = new Uint8Array(crops.length * options.face_size_px ** 2);
    crops.forEach((crop, i) => all.set(crop, i * crop.length));
    const answers = crops.length ? await this.classify(all) : [];
    return {
      size: [frame.width, frame.height],
      faces: faces.map(({ box, confidence }, i) => ({
        box: [...box, confidence],
        p: answers[i],
        q: judgeFace(frame, box, crops[i], options.face_size_px, quality),
      })),
      frame: judgeFrame(frame, quality),
    };
  }
}
