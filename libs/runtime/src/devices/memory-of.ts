/** The memory of each provider. */
import type { Precision, Provider } from '../settings.js';
import { DeviceMemory } from './device-memory.js';
import { HostMemory } from './host-memory.js';
import type { TensorMemory } from './tensor-memory.js';

/** CUDA computes elsewhere too, but its tensors cannot stay there between runs. */
export function memoryOf(provider: Provider, precision: Precision = 'f32'): TensorMemory {
  const halves = precision === 'f16';
  return provider === 'webgpu' ? new DeviceMemory(halves) : new HostMemory(provider, halves);
}
