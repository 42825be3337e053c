/**
 * Devices that can be told apart. ONNX Runtime's binding takes the first that it is shown, so each is chosen by what a
 * process is shown: a device of WebGPU by its Vulkan driver, one of CUDA by the number of the card.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '@soar/core';
import type { Provider } from '../settings.js';
import { machineDevices, SMI_MS_MAX } from './machine.js';
import { probe } from './probe.js';

export interface NamedDevice {
  /** As its driver calls it: devices of one name are of one kind. */
  readonly name: string;
  /** Variables with which a process is shown this one alone. */
  readonly environment: Readonly<Record<string, string>>;
  /** Devices of the same driver that cannot be chosen. */
  readonly others: readonly string[];
}

/** The devices of a provider here that work, in the order of their numbers in `--devices`. */
export async function namedDevices(provider: Provider): Promise<NamedDevice[]> {
  if (provider === 'cuda') return cudaDevices();
  if (provider === 'cpu') return [];
  const { vulkanDrivers } = await machineDevices();
  const named: NamedDevice[] = [];
  for (const file of vulkanDrivers) {
    const environment = { VK_DRIVER_FILES: file };
    const { problem, device, shown } = await probe('webgpu', { environment });
    if (problem !== undefined || device === undefined) continue;
    const taken = shown.indexOf(device);
    named.push({ name: device, environment, others: shown.filter((_, i) => i !== taken) });
  }
  return named;
}

async function cudaDevices(): Promise<NamedDevice[]> {
  const query = ['--query-gpu=uuid,name', '--format=csv,noheader'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: SMI_MS_MAX });
    return [...stdout.matchAll(/^(\S+), (.+)$/gm)].map(([, uuid, name]) => {
      return { name: name!.trim(), environment: { CUDA_VISIBLE_DEVICES: uuid! }, others: [] };
    });
  } catch {
    return []; // not installed, or without a driver
  }
}

/** The devices of these numbers. Throws UserError where one is not there, or where they are of different kinds. */
export async function devicesOf(provider: Provider, numbers: readonly number[]): Promise<NamedDevice[]> {
  const all = await namedDevices(provider);
  const refuse = (why: string): never => {
    throw new UserError(`--devices ${numbers.join()}: ${why}`, 'FAILED_PRECONDITION', '--devices');
  };
  if (all.length === 0) {
    const { problem } = await probe(provider, {});
    refuse(problem ?? 'this machine does not tell devices apart by name; leave --devices out');
  }
  const list = all.map(({ name }, i) => `${i} (${name})`).join(', ');
  const chosen = numbers.map(
    (number) => all[number] ?? refuse(`there is no device ${number} of ${provider}; there are ${list}`),
  );
  const kinds = new Set(chosen.map(({ name }) => name));
  if (kinds.size > 1) {
    refuse(
      `these are of different kinds (${[...kinds].join('; ')}), whose results differ by rounding: results would ` +
        'depend on which of them did what. Name devices of one kind',
    );
  }
  return chosen;
}
