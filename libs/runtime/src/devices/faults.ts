/**
 * Failures of a device, as errors that say what happened and what to do. ONNX Runtime's own text, which names places in
 * C++, is their cause: it is shown where somebody asks for details.
 */
import { messageOf, UserError } from '@soar/core';

const LOST = /device.{0,20}lost|lost device|VK_ERROR_DEVICE_LOST|DXGI_ERROR_DEVICE/i;

/** Whether a run failed because its device is gone: for good, for all that is on it. */
export function deviceLost(error: unknown): UserError | undefined {
  if (!LOST.test(messageOf(error))) return undefined;
  return new UserError(
    'the device was lost in the middle of a job (its driver was reset, or it took too long or too much memory), and ' +
      'what was on it with it. The next job begins anew from a checkpoint; where it happens again, use a smaller ' +
      'compute.micro_batch_tokens or --provider cpu',
    'UNAVAILABLE',
    DEVICE_LOST,
    { cause: error },
  );
}

/** A tensor that the device does not take in one piece, as Dawn and ONNX Runtime say it. */
const TOO_LARGE =
  /binding size .{0,80}larger than the maximum|allocation size too large|narrowing_error|max buffer size/i;

/** Whether a run failed because one of its tensors is larger than a buffer of the device may be. */
export function tensorTooLarge(error: unknown): UserError | undefined {
  if (!TOO_LARGE.test(messageOf(error))) return undefined;
  return new UserError(
    'the device does not take a tensor of this job in one piece, however much memory it has (its driver limits the ' +
      'size of a buffer). Use a smaller compute.micro_batch_tokens, fewer samples at a time, a model with smaller ' +
      'matrices, or --provider cpu',
    'RESOURCE_EXHAUSTED',
    'tensor',
    { cause: error },
  );
}

/** Where an error says that it happened, if a device was lost. */
export const DEVICE_LOST = 'device';

/** Why no session starts with a provider. */
export function noProvider(provider: string, error: unknown): UserError {
  return new UserError(reasonOf(provider, messageOf(error)), 'FAILED_PRECONDITION', 'provider', {
    cause: error,
  });
}

/** Why nothing is computed in float16. */
export function noHalf(provider: string, error: unknown): UserError {
  return new UserError(
    `provider ${provider}: this device does not compute in float16 (shader-f16), or its driver does not say that it ` +
      'does. Use --precision f32, or another device',
    'FAILED_PRECONDITION',
    'precision',
    { cause: error },
  );
}

function reasonOf(provider: string, message: string): string {
  if (provider === 'cuda') {
    return (
      'provider cuda: its files are not there or do not load. They are not in the npm package; get them with ' +
      '"ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install", beside CUDA 12 and ' +
      'cuDNN 9, or use --provider cpu'
    );
  }
  if (/adapter/i.test(message)) {
    return (
      'provider webgpu: no device was found. It needs a Vulkan loader and a driver (Debian: libvulkan1 and ' +
      'mesa-vulkan-drivers, or the maker\'s own), or Metal or Direct3D 12; "soar devices" says what is there. ' +
      'Use --provider cpu, or install what it needs'
    );
  }
  return (
    `provider ${provider}: ONNX Runtime cannot start it here; "soar devices --verbose" says why. Use --provider cpu, ` +
    'or install what it needs'
  );
}
