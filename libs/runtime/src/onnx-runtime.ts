/** ONNX Runtime with its reports to its maker turned off: the one place where it is imported. */
import './config.js';
export { InferenceSession, Tensor } from 'onnxruntime-node';
