/** ONNX Runtime with its usage reports turned off: the one place where it is imported. */
import './config.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/*
 * Numbers of float16 are in Uint16Array on every version of Node. Where there is a Float16Array (Node 24), Tensor would
 * take that, and the binding for Node (1.30.0) reads such an array as empty. Tensor looks for it once, when the first
 * one is made, so that one is made while there is none.
 */
const found = Reflect.getOwnPropertyDescriptor(globalThis, 'Float16Array');
if (found !== undefined) {
  Reflect.deleteProperty(globalThis, 'Float16Array');
  new Tensor('bool', [true]);
  Reflect.defineProperty(globalThis, 'Float16Array', found);
}

export { InferenceSession, Tensor };
