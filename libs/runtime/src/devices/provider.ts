/** From what was asked for to the provider that is used. */
import { UserError } from '@soar/core';
import { PROVIDERS, type Precision, type Provider } from '../settings.js';
import { DEVICE_BYTES_DEFAULT, hasGraphics, machineDevices } from './machine.js';
import { devicesOf, type NamedDevice } from './named-devices.js';
import { probe } from './probe.js';

/** `auto`: webgpu where there is a graphics device and it works, cpu elsewhere. */
export type AskedProvider = Provider | 'auto';
export const ASKED_PROVIDERS: readonly AskedProvider[] = [...PROVIDERS, 'auto'];

export interface ChosenProvider {
  readonly provider: Provider;
  /** Memory of each device, where it keeps models there. */
  readonly deviceBytes?: number;
  /** The device that a process takes, by name; absent: not known. */
  readonly device?: string;
  /** Those that were asked for by their numbers; empty: whichever a process takes. */
  readonly devices: readonly NamedDevice[];
}

interface AskedDevices {
  readonly deviceBytes?: number | undefined;
  readonly precision?: Precision;
  readonly devices?: readonly number[];
}

/**
 * The provider that was asked for, after trying it. Throws UserError FAILED_PRECONDITION where it does not work here.
 * `deviceBytes`: the memory of a device, where somebody says so. `devices`: numbers of those to compute on.
 */
export async function chooseProvider(
  asked: AskedProvider,
  { deviceBytes, precision = 'f32', devices: numbers = [] }: AskedDevices = {},
): Promise<ChosenProvider> {
  const onCpu: ChosenProvider = { provider: 'cpu', devices: [] };
  if (asked === 'cpu') return onCpu;
  const machine = await machineDevices();
  if (asked === 'auto' && !hasGraphics(machine)) return onCpu;
  const provider = asked === 'auto' ? 'webgpu' : asked;
  const devices = numbers.length > 0 ? await devicesOf(provider, numbers) : [];
  // They are of one kind, so what one can do the others can.
  const environment = devices[0]?.environment ?? {};
  const { problem, details, device } = await probe(provider, { precision, environment });
  if (problem !== undefined) {
    if (asked === 'auto') return onCpu;
    throw new UserError(problem, 'FAILED_PRECONDITION', 'provider', { cause: new Error(details) });
  }
  if (provider === 'cuda') return { provider, devices };
  const bytes = deviceBytes ?? machine.memoryBytes ?? DEVICE_BYTES_DEFAULT;
  return { provider, devices, deviceBytes: bytes, ...(device !== undefined && { device }) };
}
