/**
 * A run that trains adapters in place of weights: what may happen to it changes nothing, and what it promotes can be
 * evaluated where it lies and taken out of the store.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { runSoar } from '../soar-command.js';
import { temporaryFolder } from '../temporary-folder.js';
import { adapterConfiguration, problemLines, problemsPerSplit } from '../tiny-run.js';
import { damagedWeights, kills, Tally } from './disturbances.js';
import { type Disturb, disturbedRun, type Outcome, RUN } from './disturbed-run.js';

const folder = temporaryFolder();
let undisturbed: Outcome;

before(async () => {
  undisturbed = await outcome('undisturbed', 1);
});

function outcome(name: string, trainers: number, disturb?: Disturb): Promise<Outcome> {
  return disturbedRun(folder, { folder: folder.at(name), trainers }, disturb, adapterConfiguration);
}

test('students, teacher and arms are adapters of the one base', () => {
  const store = folder.at('undisturbed');
  const weights = undisturbed.artifacts.filter((path) => path.endsWith('model.safetensors'));
  assert.ok(weights.length >= 5, weights.join(' '));
  const whole = weights.filter((path) => !path.endsWith('/adapter_model.safetensors'));
  assert.equal(whole.length, 1, whole.join(' '));
  assert.match(whole[0]!, /^models\//);
  for (const path of weights.filter((path) => !whole.includes(path))) {
    const { base_model_name_or_path: key } = JSON.parse(
      readFileSync(join(store, path.replace('model.safetensors', 'config.json')), 'utf8'),
    ) as { base_model_name_or_path: string };
    assert.equal(`${key}/model.safetensors`, whole[0]);
    assert.ok(statSync(join(store, path)).size < statSync(join(store, whole[0]!)).size / 3);
  }
  assert.ok(undisturbed.artifacts.includes(`${RUN}/step-1/teacher/optimizer.safetensors`));
});

test('adapters that were damaged are made again, through SIGKILL of any process at any moment', async () => {
  const tally = new Tally();
  const disturbed = await outcome('disturbed', 2, async (deployment, ended) => {
    await damagedWeights(RUN, tally)(deployment, ended);
    await kills(4, tally, 3)(deployment, ended);
  });
  assert.deepEqual(disturbed, undisturbed);
  assert.ok(tally.damaged >= 2, `${tally.damaged} checkpoints`);
  assert.ok(tally.kills >= 1, `${tally.kills} kills`);
});

test('the promoted student is evaluated where it lies, and merged into its base with the same result', async () => {
  const store = folder.at('undisturbed');
  const merged = folder.at('merged');
  const exported = [
    'models',
    'export',
    `${RUN}/promoted-student`,
    '--out',
    merged,
    '--merge',
    '--artifacts',
    store,
  ];
  assert.equal((await runSoar(exported, 60_000)).code, 0);
  assert.deepEqual(readdirSync(merged).sort(), [
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const evaluate = async (model: string): Promise<unknown> => {
    const pool = folder.write('pool.jsonl', problemLines(701));
    const of = `--domain arithmetic --samples 8 --max-new-tokens 16 --artifacts ${folder.at('evaluations')} --json`;
    const args = ['evaluate', '--model', model, '--problems', pool, ...of.split(' ')];
    const { code, stdout, stderr } = await runSoar(args, 120_000);
    assert.equal(code, 0, stderr);
    const { problems, passAt } = JSON.parse(stdout) as { problems: number; passAt: unknown };
    return { problems, passAt };
  };
  const alone = await evaluate(join(store, RUN, 'promoted-student'));
  assert.equal((alone as { problems: number }).problems, problemsPerSplit);
  assert.deepEqual(await evaluate(merged), alone);
});
