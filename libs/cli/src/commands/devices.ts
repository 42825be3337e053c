/** `soar devices`: where this machine can compute, tried out against the CPU. */
import { availableParallelism, totalmem } from 'node:os';
import { UserError } from '@soar/core';
import {
  machineDevices,
  namedDevices,
  onnxRuntimeVersion,
  placements,
  probe,
  PROVIDERS,
  type Probe,
  type Provider,
} from '@soar/runtime';
import { Option, type Command } from 'commander';
import { deviceText, type DevicesFound } from '../device-text.js';

interface DevicesFlags {
  readonly provider?: Provider;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

export function addDevices(program: Command): void {
  program
    .command('devices')
    .summary('list where this machine can compute, and test it')
    .description(
      'Tries each provider in a process of its own, and compares scores, training steps and a rollout of a small\n' +
        'model with those of the CPU. Exit code 1: one is there and computes something else; 2: the one that was\n' +
        'asked for with --provider is not there.',
    )
    .addOption(new Option('--provider <name>', 'try this one alone').choices(PROVIDERS))
    .option(
      '--verbose',
      'also print what drivers and ONNX Runtime said, and what the device leaves to the CPU',
    )
    .option('--json', 'print one JSON line instead of text')
    .action(async ({ provider, verbose = false, json }: DevicesFlags) => {
      const asked = PROVIDERS.filter((known) => provider === undefined || known === provider);
      const probes: Probe[] = [];
      for (const each of asked) probes.push(await probe(each, { selfTest: true }));
      const onDevice = probes.some(({ provider: of, problem }) => of === 'webgpu' && problem === undefined);
      const found: DevicesFound = {
        onnxruntime: onnxRuntimeVersion,
        cores: availableParallelism(),
        memoryBytes: totalmem(),
        machine: await machineDevices(),
        probes,
        devices: {
          webgpu: asked.includes('webgpu') ? await namedDevices('webgpu') : [],
          cuda: asked.includes('cuda') ? await namedDevices('cuda') : [],
        },
        ...(verbose && onDevice && { placements: await placements() }),
      };
      process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : deviceText(found, verbose));
      const missing = probes.find(({ problem }) => problem !== undefined);
      if (provider !== undefined && missing !== undefined) {
        throw new UserError(`--provider ${provider}: it does not work here`, 'FAILED_PRECONDITION');
      }
      const wrong = probes.find(({ selfTest }) => selfTest?.passed === false);
      if (wrong === undefined) return;
      throw new UserError(
        `provider ${wrong.provider} computes something else than the CPU, by more than rounding: do not use it with ` +
          'this driver; renew the driver, or use --provider cpu',
        'INTERNAL',
      );
    });
}
