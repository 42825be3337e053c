/** The worker thread on a device that is lost in its fourth run, as ONNX Runtime reports it. */
import { InferenceSession } from '../onnx-runtime.js';

const RUNS = 3;
const { prototype } = InferenceSession as unknown as {
  readonly prototype: { run: (...args: unknown[]) => Promise<unknown> };
};
const { run } = prototype;
let runs = 0;
prototype.run = function (...args) {
  if (++runs > RUNS) throw new Error('webgpu_context.cc:501 Run: Device lost: VK_ERROR_DEVICE_LOST');
  return run.apply(this, args);
};
await import('../worker/main.js');
