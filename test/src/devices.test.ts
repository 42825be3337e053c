/**
 * A whole run on a device, through the real command and the five real services: at the smallest size, on a device in
 * software, it gives the report of the same run on the CPU.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withoutDevice } from '@soar/runtime/testing';
import { runSoar } from './soar-command.js';
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

async function reportOn(provider: string): Promise<Reported> {
  const out = folder.at(provider);
  const files = { '--train': [101, 'train.jsonl'], '--test': [501, 'test.jsonl'] } as const;
  const problems = Object.entries(files).flatMap(([flag, [first, name]]) => [
    flag,
    folder.write(name, problemLines(first, 2)),
  ]);
  const run = ['run', folder.write('tiny.yaml', configuration), '--model', baseModel, ...problems];
  const { code, stderr } = await runSoar(
    [...run, '--id', 'tiny', '--out', out, '--provider', provider],
    TIMEOUT_MS,
  );
  assert.equal(code, 0, stderr);
  const text = readFileSync(join(out, 'tiny', 'report.json'), 'utf8');
  const bytes = [...text.matchAll(BYTES)].map(([, count]) => Number(count));
  const same = text.replace(/"sha256": ?"[0-9a-f]+"/g, '"sha256":""').replace(BYTES, '"bytes":""');
  const parsed = JSON.parse(same) as Report;
  const { timing: _, versions: __, ...report } = parsed;
  return { report, bytes };
}

test('a whole run on a device gives the report of the same run on the CPU', { skip }, async () => {
  const [{ report: onDevice, bytes }, { report: onCpu, bytes: none }] = [
    await reportOn('webgpu'),
    await reportOn('cpu'),
  ];
  assert.ok(bytes.length > 0 && bytes.every((count) => count > 0), `${bytes.join()} bytes cross the bus`);
  assert.ok(none.length === bytes.length && none.every((count) => count === 0), 'there is no bus to the CPU');
  assert.equal(onDevice.config.compute['provider'], 'webgpu');
  assert.equal(onCpu.config.compute['provider'], 'cpu');
  const compute = onCpu.config.compute;
  assert.deepEqual({ ...onDevice, config: { ...onDevice.config, compute } }, onCpu);
});

test('a provider that is not here is refused with one message before any work', async () => {
  const out = folder.at('refused');
  const args = ['evaluate', '--model', baseModel, '--problems', folder.write('p.jsonl', problemLines(1, 1))];
  const { code, stdout, stderr } = await runSoar([...args, '--artifacts', out, '--provider', 'cuda']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^soar: provider cuda: its files are not there .*, or use --provider cpu\n$/);
});
