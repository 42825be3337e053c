/**
 * A whole run on a device, through the real command and the five real services: at the smallest size, on a device in
 * software, it gives the report of the same run on the CPU.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { differentDevices, equalDevices, withoutDevice } from '@soar/runtime/testing';
import { runSoar, startSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { baseModel, problemLines } from './tiny-run.js';

const skip = withoutDevice();
const folder = temporaryFolder();
const TIMEOUT_MS = 300_000;

/** A step of everything, once. */
const configuration = `preset: quickstart
outerSteps: 1
rewardQuestions: 2
teacher: { datasets: 2, questionsPerDataset: 2 }
student:
  repeats: 1
  steps: 1
  rl: { questionsPerStep: 2, groupSize: 2 }
promotion: { tau: -1, window: 1 }
comparison:
  arms: [ARM_BASE, ARM_PROMOTED_STUDENT]
  samplesPerProblem: 2
  passAt: [1]
`;

const BYTES = /"(?:bytesToDevice|bytesFromDevice|trainingBusBytes|studentBusBytes)": ?"(\d+)"/g;

interface Report {
  readonly config: { readonly compute: Readonly<Record<string, unknown>> };
  readonly [part: string]: unknown;
}

interface Reported {
  /** Without what a device changes: versions, which name it, checkpoints in their last bits, bytes and times. */
  readonly report: Report;
  /** What its training steps say that crossed the bus, there and back. */
  readonly bytes: readonly number[];
}

/** `name`: of the run's folder. */
async function reportOn(
  provider: string,
  name = provider,
  more: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Reported> {
  const out = folder.at(name);
  const files = { '--train': [101, 'train.jsonl'], '--test': [501, 'test.jsonl'] } as const;
  const problems = Object.entries(files).flatMap(([flag, [first, name]]) => [
    flag,
    folder.write(name, problemLines(first, 2)),
  ]);
  const run = ['run', folder.write('tiny.yaml', configuration), '--model', baseModel, ...problems];
  const { code, stderr } = await runSoar(
    [...run, '--id', 'tiny', '--out', out, '--provider', provider, ...more],
    TIMEOUT_MS,
    environment,
  );
  assert.equal(code, 0, stderr);
  const text = readFileSync(join(out, 'tiny', 'report.json'), 'utf8');
  const bytes = [...text.matchAll(BYTES)].map(([, count]) => Number(count));
  const same = text.replace(/"sha256": ?"[0-9a-f]+"/g, '"sha256":""').replace(BYTES, '"bytes":""');
  const parsed = JSON.parse(same) as Report;
  const { timing: _, versions: __, ...report } = parsed;
  return { report, bytes };
}

/** On the first device. */
let onOne: Promise<Reported> | undefined;

test('a whole run on a device gives the report of the same run on the CPU', { skip }, async () => {
  const [{ report: onDevice, bytes }, { report: onCpu, bytes: none }] = [
    await (onOne ??= reportOn('webgpu')),
    await reportOn('cpu'),
  ];
  assert.ok(bytes.length > 0 && bytes.every((count) => count > 0), `${bytes.join()} bytes cross the bus`);
  assert.ok(none.length === bytes.length && none.every((count) => count === 0), 'there is no bus to the CPU');
  assert.equal(onDevice.config.compute['provider'], 'webgpu');
  assert.equal(onCpu.config.compute['provider'], 'cpu');
  const compute = onCpu.config.compute;
  assert.deepEqual({ ...onDevice, config: { ...onDevice.config, compute } }, onCpu);
});

test(
  'two devices of one kind share a run, which has the report of the same run on one',
  { skip },
  async () => {
    const VK_DRIVER_FILES = equalDevices(folder.at('same-driver.json'));
    const trace = folder.at('two.trace');
    const { report } = await reportOn('webgpu', 'two', ['--devices', '0,1', '--trace', trace], {
      VK_DRIVER_FILES,
    });
    const { report: ofOne } = await (onOne ??= reportOn('webgpu'));
    assert.deepEqual(report, ofOne);
    const sampled = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"soar.worker.rollout"'));
    const processes = sampled.map((line) => /"process\.pid","value":\{"intValue":"?(\d+)/.exec(line)?.[1]);
    assert.equal(new Set(processes).size, 2, `processes that sampled: ${processes.join()}`);
  },
);

const kinds = differentDevices();
const oneKind = skip || (kinds.length < 2 && 'only one kind of device in software is here');

test(
  'devices are chosen by number; others, and those of two kinds, are refused before any work',
  {
    skip: oneKind,
  },
  async () => {
    const VK_DRIVER_FILES = kinds.join(delimiter);
    const up = (out: string, numbers: string) => {
      const args = [
        'up',
        '--free-ports',
        '--json',
        '--dashboard',
        'off',
        '--out',
        out,
        '--provider',
        'webgpu',
      ];
      return startSoar([...args, '--devices', numbers], TIMEOUT_MS, { VK_DRIVER_FILES });
    };
    const refusal = async (numbers: string): Promise<string> => {
      const { code, stderr } = await up(folder.at('refused'), numbers).ended;
      assert.equal(code, 2, stderr);
      assert.equal(existsSync(folder.at('refused')), false);
      return stderr;
    };
    const there = /no device 2 of webgpu; there are 0 \((.+)\), 1 \((.+)\)\n$/.exec(await refusal('0,2'));
    const [lavapipe, swiftShader] = there!.slice(1);
    assert.notEqual(lavapipe, swiftShader);
    assert.match(await refusal('0,1'), /^soar: --devices 0,1: these are of different kinds \(.+\n$/);

    // The other one is what ONNX Runtime takes of both.
    const { child, ended, firstLine } = up(folder.at('chosen'), '0');
    await firstLine;
    const log = readFileSync(folder.at('chosen/logs/trainer.log'), 'utf8');
    assert.ok(log.includes(`provider webgpu on ${lavapipe}: `), log);
    child.kill('SIGINT');
    await ended;
  },
);

test('a provider that is not here is refused with one message before any work', async () => {
  const out = folder.at('refused');
  const args = ['evaluate', '--model', baseModel, '--problems', folder.write('p.jsonl', problemLines(1, 1))];
  const { code, stdout, stderr } = await runSoar([...args, '--artifacts', out, '--provider', 'cuda']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^soar: provider cuda: its files are not there .*, or use --provider cpu\n$/);
});
