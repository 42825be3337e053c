/** The release of ONNX Runtime, read without loading it. */
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

export const onnxRuntimeVersion: string = version;
