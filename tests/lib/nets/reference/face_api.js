// Makes face_api.json: what @vladmandic/face-api 1.7.15 says itself, on TensorFlow.js 4.22.0's plain CPU backend.
//
// In a folder of its own: npm install @vladmandic/face-api@1.7.15 @tensorflow/tfjs@4.22.0
// @tensorflow/tfjs-backend-wasm@4.22.0; write the bytes of skimage.data.astronaut() to astronaut.rgb;
// NODE_PATH=node_modules node face_api.js > face_api.json
const fs = require('fs');
require('@tensorflow/tfjs-backend-wasm');
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');

const { tf, nets } = faceapi;
console.log = console.error;
const box = (found) => [found.score, found.box.left, found.box.top, found.box.right, found.box.bottom];
const points = (found) => found.positions.map((p) => [p.x, p.y]);

async function main() {
  await tf.setBackend('cpu');
  for (const net of ['tinyFaceDetector', 'faceLandmark68Net', 'faceRecognitionNet']) {
    await nets[net].loadFromDisk('node_modules/@vladmandic/face-api/model');
  }
  const photo = tf.tensor3d(new Uint8Array(fs.readFileSync('astronaut.rgb')), [512, 512, 3], 'int32');
  const cut = (y, x, h, w) => photo.slice([y, x, 0], [h, w, 3]);
  const detect = async (image, inputSize) => (await faceapi.detectAllFaces(
    image, new faceapi.TinyFaceDetectorOptions({ inputSize, scoreThreshold: 0.1 }))).map(box);
  const result = {
    version: faceapi.version,
    // Pieces that need no resizing: the nets alone.
    raw: Array.from((await nets.tinyFaceDetector.forward(cut(0, 110, 224, 224), 224)).dataSync()),
    boxes_224: await detect(cut(0, 110, 224, 224), 224),
    boxes_416: await detect(cut(0, 0, 416, 416), 416),
    landmarks: points(await nets.faceLandmark68Net.detectLandmarks(cut(76, 168, 112, 112))),
    landmarks_narrow: points(await nets.faceLandmark68Net.detectLandmarks(cut(76, 178, 112, 90))),
    encoding: Array.from(await nets.faceRecognitionNet.computeFaceDescriptor(cut(50, 150, 150, 150))),
    // Whole photos, which the library resizes in its own way.
    square: await detect(photo, 416),
    wide: await detect(cut(0, 0, 300, 512), 416),
    tall: await detect(cut(0, 60, 512, 340), 416),
  };
  const rounded = (key, value) => (typeof value === 'number' ? Number(value.toPrecision(7)) : value);
  process.stdout.write(`${JSON.stringify(result, rounded)}\n`);
}

main();
