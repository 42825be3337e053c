/** The flags of every command that computes: where, workers, their threads, and memory. */
import { parseBytes, UserError } from '@soar/core';
import {
  ASKED_PROVIDERS,
  chooseProvider,
  PRECISIONS,
  type AskedProvider,
  type NamedDevice,
  type Precision,
} from '@soar/runtime';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { wholeNumber } from './option-parsers.js';

export interface ComputeFlags {
  /** Workers of each trainer. */
  readonly workers?: number;
  /** Threads of a worker. */
  readonly threads?: number;
  /** Memory for models, in bytes. */
  readonly memory?: number;
  /** Where it is computed: never `auto` when the command begins. */
  readonly provider?: AskedProvider;
  /** Of matrices, caches and products. */
  readonly precision?: Precision;
  /** Memory of the device, in bytes: set where models are kept on one when the command begins. */
  readonly deviceMemory?: number;
  /** Devices, each for a trainer, by the time the command begins: before, their numbers. */
  readonly devices?: readonly NamedDevice[];
}

/** Worker threads, with the same bound as in the trainer. */
const count = wholeNumber(1, 256);
const MEMORY_BYTES_MIN = 64 * 2 ** 20;

export function addComputeFlags(command: Command): Command {
  return addWorkerFlags(
    command.option(
      '--workers <n>',
      'workers of each trainer (default: what cores and --threads allow); does not affect results',
      count,
    ),
  );
}

/** Those of a command with one worker. */
export function addWorkerFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--provider <name>',
        'where it is computed: cpu, webgpu, cuda, or auto (webgpu where there is a device); may change results by ' +
          'rounding (default: cpu)',
      ).choices(ASKED_PROVIDERS),
    )
    .addOption(
      new Option(
        '--precision <name>',
        'f32, or f16 on a device that has it: matrices, caches and products in float16; changes results (default: f32)',
      ).choices(PRECISIONS),
    )
    .option(
      '--device-memory <size>',
      'memory of the device for models, such as 8GiB (default: what the machine says that it has, or 4GiB)',
      memorySize('--device-memory'),
    )
    .hook('preAction', (_, chosen) => settleProvider(chosen))
    .option('--threads <n>', 'threads of a worker (default: 1); may change results in the last bit', count)
    .option(
      '--memory <size>',
      "memory for models, such as 8GiB (default: four fifths of the machine's); does not affect results",
      memorySize('--memory'),
    );
}

/** Tries the provider that was asked for, before any work, and sets the flags to what is used. */
async function settleProvider(command: Command): Promise<void> {
  const {
    provider,
    precision,
    deviceMemory,
    devices,
    workers = 1,
    trainers = 1,
  } = command.opts<DeviceFlags>();
  if (provider === undefined || provider === 'cpu') {
    const flag =
      deviceMemory !== undefined ? '--device-memory' : devices !== undefined ? '--devices' : undefined;
    if (flag === undefined) return;
    throw new UserError(`${flag}: nothing is computed on a device; give --provider webgpu with it`);
  }
  const chosen = await chooseProvider(provider, {
    deviceBytes: deviceMemory,
    ...(precision && { precision }),
    ...(devices && { devices }),
  });
  command.setOptionValue('provider', chosen.provider);
  command.setOptionValue('deviceMemory', chosen.deviceBytes);
  command.setOptionValue('devices', undefined);
  if (chosen.provider === 'cpu') {
    if (devices === undefined) return;
    throw new UserError('--devices: no device works here, so --provider auto is the CPU; see "soar devices"');
  }
  for (const [flag, count] of Object.entries({ workers, trainers })) {
    if (count > 1)
      throw new UserError(`--${flag} ${count}: a device does one job after the other; leave --${flag} out`);
  }
  if (devices === undefined) return;
  command.setOptionValue('devices', chosen.devices);
  command.setOptionValue('trainers', chosen.devices.length);
}

type DeviceFlags = Omit<ComputeFlags, 'devices'> & {
  readonly trainers?: number;
  readonly devices?: readonly number[];
};

/** These flags alone, of all that a command has. */
export function computeOf(flags: ComputeFlags): ComputeFlags {
  const { workers, threads, memory, provider, precision, deviceMemory } = flags;
  return {
    ...(workers && { workers }),
    ...(threads && { threads }),
    ...(memory && { memory }),
    ...(provider && { provider }),
    ...(precision && { precision }),
    ...(deviceMemory && { deviceMemory }),
  };
}

function memorySize(flag: string): (text: string) => number {
  return (text) => {
    try {
      const bytes = parseBytes(text, flag);
      if (bytes >= MEMORY_BYTES_MIN) return bytes;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    throw new InvalidArgumentError('Expected a size of at least 64MiB, such as 8GiB.');
  };
}
