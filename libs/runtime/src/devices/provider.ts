/** From what was asked for to the provider that is used. */
import { UserError } from '@soar/core';
import { PROVIDERS, type Precision, type Provider } from '../settings.js';
import { DEVICE_BYTES_DEFAULT, hasGraphics, machineDevices } from './machine.js';
import { probe } from './probe.js';

/** `auto`: webgpu where there is a graphics device and it works, cpu elsewhere. */
export type AskedProvider = Provider | 'auto';
export const ASKED_PROVIDERS: readonly AskedProvider[] = [...PROVIDERS, 'auto'];

export interface ChosenProvider {
  readonly provider: Provider;
  /** Memory of its device, where it keeps models there. */
  readonly deviceBytes?: number;
}

/**
 * The provider that was asked for, after trying it. Throws UserError FAILED_PRECONDITION where it does not work here.
 * `deviceBytes`: the memory of the device, where somebody says so.
 */
export async function chooseProvider(
  asked: AskedProvider,
  {
    deviceBytes,
    precision = 'f32',
  }: { readonly deviceBytes?: number | undefined; readonly precision?: Precision } = {},
): Promise<ChosenProvider> {
  if (asked === 'cpu') return { provider: 'cpu' };
  const machine = await machineDevices();
  if (asked === 'auto' && !hasGraphics(machine)) return { provider: 'cpu' };
  const provider = asked === 'auto' ? 'webgpu' : asked;
  const { problem, details } = await probe(provider, { selfTest: false, precision });
  if (problem !== undefined) {
    if (asked === 'auto') return { provider: 'cpu' };
    throw new UserError(problem, 'FAILED_PRECONDITION', 'provider', { cause: new Error(details) });
  }
  if (provider === 'cuda') return { provider };
  return { provider, deviceBytes: deviceBytes ?? machine.memoryBytes ?? DEVICE_BYTES_DEFAULT };
}
