import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { quickstartTask, type Task } from '@soar/quickstart';
import { pretrain } from './pretrain.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-pretraining-'));
after(() => rmSync(folder, { recursive: true }));

/** The shipped task at a size that trains in a moment. */
const task: Task = {
  ...quickstartTask,
  model: {
    ...quickstartTask.model,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 1,
    head_dim: 4,
  },
  stages: quickstartTask.stages.map((stage) => ({ ...stage, steps: 2, rows: 2 })),
};
const never = new AbortController().signal;

test('equal tasks give equal models, and a folder holds the model and how it was made', async () => {
  const losses: number[][] = [[], []];
  for (const [i, name] of ['first', 'second'].entries()) {
    const onStep = ({ loss }: { loss: number }): void => void losses[i]!.push(loss);
    await pretrain(task, join(folder, name), { signal: never, onStep });
  }
  const [first, second] = ['first', 'second'].map((name) =>
    readFileSync(join(folder, name, 'model.safetensors')),
  );
  assert.ok(first!.equals(second!));
  assert.equal(losses[0]!.length, 2 * task.stages.length);
  assert.deepEqual(losses[0], losses[1]);
  assert.deepEqual(readdirSync(join(folder, 'first')), [
    'config.json',
    'curated.jsonl',
    'generation_config.json',
    'model.safetensors',
    'pool.jsonl',
    'pretraining.json',
    'task.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const other = { ...task, seed: task.seed + 1 };
  await pretrain(other, join(folder, 'other'), { signal: never, onStep: () => {} });
  assert.ok(!first!.equals(readFileSync(join(folder, 'other', 'model.safetensors'))));
});

test('a folder that exists is refused before any work', async () => {
  mkdirSync(join(folder, 'taken'));
  const onStep = (): void => assert.fail('trained');
  await assert.rejects(
    pretrain(task, join(folder, 'taken'), { signal: never, onStep }),
    /taken: exists already; name a folder that does not/,
  );
});

test('an interruption leaves nothing behind', async () => {
  const interrupt = new AbortController();
  const out = join(folder, 'below', 'model');
  const work = pretrain(task, out, { signal: interrupt.signal, onStep: () => interrupt.abort() });
  await assert.rejects(work);
  assert.deepEqual(readdirSync(join(folder, 'below')), []);
});
