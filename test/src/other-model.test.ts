/**
 * Nothing depends on the model that ships with the project: a model of another shape with a byte-level BPE tokenizer
 * goes through the same commands, and what a run promotes is a model folder again.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makePosingByteModel } from '@soar/trainer/dist/testing/tiny-models.js';
import { runSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { problemLines, problemsPerSplit, tinyRun } from './tiny-run.js';

const folder = temporaryFolder();
const model = folder.at('posing');
makePosingByteModel(model);
const store = folder.at('store');

async function succeeds(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runSoar(args, 120_000);
  assert.equal(code, 0, stderr);
  return stdout;
}

test('it is screened, SOAR runs on the problems that it fails, and its promoted student is evaluated', async () => {
  const sampling = [
    '--domain',
    'arithmetic',
    '--samples',
    '4',
    '--max-new-tokens',
    '16',
    '--artifacts',
    store,
  ];
  const pool = folder.write('pool.jsonl', problemLines(301, 2 * problemsPerSplit));
  const hard = folder.at('hard');
  await succeeds(['screen', '--model', model, '--problems', pool, ...sampling, '--out', `${hard}/`]);

  const args = tinyRun(folder, store, ['--workers', '1', '--id', 'other']);
  args[args.indexOf('--model') + 1] = model;
  args[args.indexOf('--train') + 1] = join(hard, 'train.jsonl');
  args[args.indexOf('--test') + 1] = join(hard, 'test.jsonl');
  assert.match(await succeeds(args), /2 promotions, 8 promotion questions/);

  const student = join(store, 'other/promoted-student');
  for (const name of ['tokenizer.json', 'generation_config.json'])
    assert.equal(readFileSync(join(student, name), 'utf8'), readFileSync(join(model, name), 'utf8'));
  assert.ok(existsSync(join(student, 'model.safetensors')));
  const evaluation = await succeeds([
    'evaluate',
    '--model',
    student,
    '--problems',
    pool,
    ...sampling,
    '--json',
  ]);
  assert.equal((JSON.parse(evaluation) as { problems: number }).problems, 2 * problemsPerSplit);
});
