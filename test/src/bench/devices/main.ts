/**
 * `npm run bench:devices -- --provider webgpu`: what a device reaches with models of published shapes: sampling and
 * training steps, memory, bytes over the bus, and shares of the roofs that the caller names. Writes devices.json and
 * devices.md. Ends in the given time and says what was left out. Not a test and not in CI.
 */
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf, parseBytes, UserError } from '@soar/core';
import {
  ASKED_PROVIDERS,
  chooseProvider,
  machineDevices,
  onnxRuntimeVersion,
  PRECISIONS,
  type RuntimeSettings,
} from '@soar/runtime';
import type { Peaks } from './roof.js';
import { costOf, tableOf, WORKS, type Asked, type Failed, type Measured, type Row } from './rows.js';
import { configOf, SHAPES, writeModel } from './shapes.js';

const SCRIPT = fileURLToPath(new URL('work.js', import.meta.url));
const LEFT_OUT = 'left out: the time was over; raise --minutes';
const ERRORS_KEPT = 2_000;

interface Plan {
  readonly settings: Partial<RuntimeSettings>;
  readonly shapes: readonly string[];
  readonly minutes: number;
  readonly out: string;
  readonly peaks: Peaks;
}

function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  throw new UserError(`--${flag}: expected one of ${known.join(', ')}, got ${JSON.stringify(value)}`);
}

function positive(flag: string, value: string): number {
  const number = Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new UserError(`--${flag}: expected a number above 0, got ${JSON.stringify(value)}`);
}

async function readPlan(): Promise<Plan> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      provider: { ...text, default: 'auto' },
      precision: { ...text, default: 'f32' },
      shapes: { ...text, default: SHAPES.join() },
      minutes: { ...text, default: '10' },
      out: { ...text, default: 'bench-devices' },
      'memory-gbs': text,
      tflops: text,
      'device-memory': text,
    },
  });
  const { provider: asked, 'memory-gbs': memory, tflops, 'device-memory': deviceMemory } = values;
  const precision = oneOf('precision', values.precision, PRECISIONS);
  const { provider, deviceBytes } = await chooseProvider(oneOf('provider', asked, ASKED_PROVIDERS), {
    deviceBytes: deviceMemory === undefined ? undefined : parseBytes(deviceMemory, '--device-memory'),
    precision,
  });
  return {
    settings: {
      provider,
      precision,
      threads: availableParallelism(),
      ...(deviceBytes && { memoryBytes: deviceBytes }),
    },
    shapes: values.shapes.split(',').map((shape) => oneOf('shapes', shape, SHAPES)),
    minutes: positive('minutes', values.minutes),
    out: values.out,
    peaks: {
      ...(memory !== undefined && { memoryGbs: positive('memory-gbs', memory) }),
      ...(tflops !== undefined && { tflops: positive('tflops', tflops) }),
    },
  };
}

/** One row in a process of its own, which is ended when its time is over. */
async function measure(asked: Asked): Promise<Measured | Failed> {
  if (asked.ms <= 0) return { message: LEFT_OUT };
  const child = fork(SCRIPT, [JSON.stringify(asked)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let [result, errors, late]: [Measured | Failed | undefined, string, boolean] = [undefined, '', false];
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, asked.ms);
  child.on('message', (message) => (result = message as Measured | Failed));
  child.stderr!.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-ERRORS_KEPT)));
  const ended = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(messageOf(error)));
    child.on('close', (code, signal) => resolve(`its process ended with ${signal ?? `code ${code}`}`));
  });
  clearTimeout(timer);
  if (result !== undefined) return result;
  return { message: late ? LEFT_OUT : [ended, errors.trim().split('\n').at(-1)].filter(Boolean).join(': ') };
}

/** The rows of a shape, each as it is over. What time is left is shared by the rows that are left. */
async function* rowsOf(shape: string, plan: Plan, rowsLeft: number, end: number): AsyncGenerator<Row> {
  const config = configOf(shape);
  const folder = mkdtempSync(join(tmpdir(), 'soar-bench-devices-'));
  const width = plan.settings.precision === 'f16' ? 2 : 4;
  try {
    if (Date.now() < end) writeModel(shape, folder);
    for (const [i, work] of WORKS.entries()) {
      const { rank, rows } = work;
      const ms = (end - Date.now()) / (rowsLeft - i);
      const result = await measure({ folder, settings: plan.settings, rank, ms, ...(rows && { rows }) });
      yield { shape, work, cost: costOf(config, work, width), result };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(plan: Plan): Promise<void> {
  const end = Date.now() + 60_000 * plan.minutes;
  const { settings, peaks, shapes, out } = plan;
  mkdirSync(out, { recursive: true });
  const { provider, precision } = settings;
  const machine = await machineDevices();
  const rows: Row[] = [];
  const save = (): void => {
    const about = { provider, precision, onnxRuntime: onnxRuntimeVersion, machine, peaks };
    writeFileSync(join(out, 'devices.json'), `${JSON.stringify({ ...about, rows }, null, 2)}\n`);
    writeFileSync(join(out, 'devices.md'), `${tableOf(rows, peaks)}\n`);
  };
  process.stdout.write(`${provider}, ${precision}, at most ${plan.minutes} minutes\n`);
  for (const [i, shape] of shapes.entries()) {
    for await (const row of rowsOf(shape, plan, (shapes.length - i) * WORKS.length, end)) {
      rows.push(row);
      save(); // what is measured stays if this is interrupted
      process.stdout.write(`${tableOf([row], peaks).split('\n').at(-1)}\n`);
    }
  }
  process.stdout.write(`\n${tableOf(rows, peaks)}\n\nWritten: ${join(out, 'devices.{json,md}')}\n`);
}

try {
  await run(await readPlan());
} catch (error) {
  const isFlag = error instanceof TypeError && 'code' in error;
  if (!(error instanceof UserError) && !isFlag) throw error;
  process.stderr.write(`bench:devices: ${messageOf(error)}\n`);
  process.exitCode = 2;
}
