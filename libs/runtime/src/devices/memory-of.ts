/** The memory of each provider. */
import type { Provider } from '../settings.js';
import { DeviceMemory } from './device-memory.js';
import { HostMemory } from './host-memory.js';
import type { TensorMemory } from './tensor-memory.js';

/** CUDA computes elsewhere too, but its tensors cannot stay there between runs. */
export function memoryOf(provider: Provider): TensorMemory {
  return provider === 'webgpu' ? new DeviceMemory() : new HostMemory(provider);
}
