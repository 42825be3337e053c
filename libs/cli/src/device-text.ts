/** What `soar devices` found, as text. */
import { formatBytes } from '@soar/core';
import type { MachineDevices, NamedDevice, Placement, Probe } from '@soar/runtime';

/** What is printed. */
export interface DevicesFound {
  readonly onnxruntime: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly machine: MachineDevices;
  readonly probes: readonly Probe[];
  /** What --devices can name, in the order of its numbers. */
  readonly devices: Readonly<Record<'webgpu' | 'cuda', readonly NamedDevice[]>>;
  readonly placements?: readonly Placement[];
}

const NAMES = { cpu: 'CPU', webgpu: 'WebGPU', cuda: 'CUDA' } as const;
/** What most problems begin with, and the line says already. */
const PREFIX = /^provider \w+: /;

export function deviceText(found: DevicesFound, verbose: boolean): string {
  const lines = found.probes.flatMap((probe) => [
    `${NAMES[probe.provider].padEnd(8)}${stateOf(probe)}`,
    ...factsOf(probe, found),
    ...(probe.selfTest && probe.provider !== 'cpu' ? testLines(probe.selfTest) : []),
    ...(verbose && probe.details !== '' ? ['what was said:', ...probe.details.trimEnd().split('\n')] : []),
  ]);
  const placed = found.placements?.map(({ graph, onDevice, onCpu, copiesToHost }) => {
    const left = Object.entries(onCpu).map(([op, count]) => `${count} ${op}`);
    const copies = copiesToHost === 0 ? '' : `; ${copiesToHost} copied from the device for it`;
    return `${graph}: ${onDevice} nodes on the device, on the CPU ${left.join(', ') || 'none'}${copies}`;
  });
  const all = [...lines, ...(placed === undefined ? [] : ['what the device leaves to the CPU:', ...placed])];
  const isHead = (line: string): boolean =>
    Object.values(NAMES).some((name) => line.startsWith(name.padEnd(8)));
  return all.map((line) => `${isHead(line) ? line : `        ${line}`}\n`).join('');
}

function stateOf({ problem, selfTest }: Probe): string {
  if (problem !== undefined) return `not here: ${problem.replace(PREFIX, '')}`;
  return selfTest?.passed === false ? 'computes something else than the CPU' : 'works';
}

function factsOf(
  { provider, problem, device }: Probe,
  { machine, onnxruntime, cores, memoryBytes, devices }: DevicesFound,
): string[] {
  if (provider === 'cpu') {
    return [`ONNX Runtime ${onnxruntime}, ${cores} cores, ${formatBytes(memoryBytes)} of memory, float32`];
  }
  const named = devices[provider].flatMap(({ name, others }, i) => [
    `device ${i} (--devices ${i}): ${name}`,
    ...(others.length > 0
      ? [`  its driver has others too, which --devices cannot name: ${others.join(', ')}`]
      : []),
  ]);
  if (provider !== 'webgpu') return named;
  const { graphics, vulkanDrivers, memoryBytes: ofDevice } = machine;
  const list = (names: readonly string[]): string => names.join(', ') || 'none found';
  const memory =
    ofDevice === undefined ? 'not known (--device-memory sets it, 4GiB otherwise)' : formatBytes(ofDevice);
  return [
    ...(process.platform === 'linux'
      ? [`graphics devices: ${list(graphics)}`, `Vulkan drivers: ${list(vulkanDrivers)}`]
      : []),
    ...(problem === undefined ? [`memory: ${memory}`] : []),
    ...(device === undefined ? [] : [`taken and tested where --devices names none: ${device}`]),
    ...named,
  ];
}

function testLines({ parts, noHalf }: NonNullable<Probe['selfTest']>): string[] {
  const digits = (x: number): string => x.toExponential(1);
  const lines = parts.flatMap(({ of, precision, differences, stepTraffic, rolloutTraffic }) => {
    const { scores, firstStep, steps, logprobs, sampler, sameTokens } = differences;
    const ofSteps =
      precision === 'f32'
        ? `losses and norms within ${digits(steps)}`
        : `loss and norm of the first step within ${digits(firstStep)}, of all within ${digits(steps)}`;
    const drawn =
      precision === 'f32'
        ? `${sameTokens ? 'the same' : 'OTHER'} tokens drawn, their log-probabilities within ${digits(logprobs)}`
        : `what was drawn is scored within ${digits(sampler)}`;
    return [
      `training ${of} in ${precision}: scores within ${digits(scores)} of the CPU's in f32, ${ofSteps}, ${drawn}`,
      `  across the bus: ${stepTraffic.toDevice} bytes there and ${stepTraffic.fromDevice} back in a step, ` +
        `${rolloutTraffic.toDevice} and ${rolloutTraffic.fromDevice} in a rollout`,
    ];
  });
  const half = noHalf === undefined ? 'yes (--precision f16)' : `no: ${noHalf.replace(PREFIX, '')}`;
  return [`float16: ${half}`, ...lines];
}
