/** ONNX Runtime with its usage reports turned off: the one place where it is imported. */
import './config.js';
export { InferenceSession, Tensor } from 'onnxruntime-node';
