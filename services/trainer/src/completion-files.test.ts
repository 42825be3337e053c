/** Every sampled completion of a training, an evaluation and a generation is in the file of its work. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readRows } from '@soar/datasets';
import { CompletionFiles } from './completion-files.js';
import { follow, greedy, problems, sampling, specOf } from './testing/requests.js';
import { openSite, startTrainer, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
let folder: string;
before(async () => {
  site = await openSite();
  folder = join(site.folder, 'completions');
  trainer = await startTrainer(site.store, site.verifier, {}, undefined, 16, new CompletionFiles(folder));
});
after(async () => {
  await trainer.stop();
  await site.close();
});

interface Row {
  readonly kind: string;
  readonly step: number;
  readonly problem_id: string | null;
  readonly sample: number;
  readonly tokens: number;
  readonly logprob: number;
  readonly reward: number | null;
  readonly verdict: string | null;
}

/** Rows of the files below the folder whose names match. */
function rowsOf(name: RegExp): Row[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => name.test(file));
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'));
  return lines.map((line) => JSON.parse(line) as Row);
}

test('a training has its rollouts by step and problem, and those of its evaluation', async () => {
  const evaluation = { problems, samplesPerProblem: 1, sampling: greedy };
  const { run } = await follow(trainer, 'run-1/a', specOf(site.characters, 3, { evaluation }));
  const rows = rowsOf(/^run-1.a\.jsonl$/);
  const steps = run.result!.steps;
  steps.forEach(({ rewardMean, tokens, entropy }, step) => {
    const own = rows.filter((row) => row.kind === 'training' && row.step === step);
    const total = (of: (row: Row) => number): number => own.reduce((sum, row) => sum + of(row), 0);
    assert.equal(
      total((row) => row.tokens),
      tokens,
    );
    assert.equal(total((row) => row.reward!) / own.length, rewardMean);
    assert.ok(Math.abs(-total((row) => row.logprob) / tokens - entropy) < 1e-9);
  });
  const evaluated = rows.filter(({ kind }) => kind === 'evaluation');
  assert.deepEqual(
    evaluated.map((row) => [row.problem_id, row.step]),
    problems.map(({ id }) => [id, 3]),
  );
  const correct = run.result!.evaluation!.outcomes.map((outcome) => outcome.correct);
  assert.deepEqual(
    evaluated.map(({ verdict }) => Number(verdict === 'CORRECT')),
    correct,
  );
});

test('a stage with two sets draws from both in every step', async () => {
  const [known, added] = [problems.slice(0, 2), problems.slice(2)];
  const stages = [{ name: 'mixed', problems: known, steps: 2, mixedIn: added, mixedInShare: 0.25 }];
  await follow(trainer, 'run-1/mixed', specOf(site.characters, 2, { stages }));
  const rows = rowsOf(/^run-1.mixed\.jsonl$/);
  for (const step of [0, 1]) {
    const own = rows.filter((row) => row.step === step && added.some(({ id }) => id === row.problem_id));
    assert.equal(own.length, 16); // one question of four, with its 16 rollouts
  }
});

test('an evaluation and a generation have files of their own; a repeated request writes the same bytes', async () => {
  const spec = { problems, samplesPerProblem: 3, sampling, random: { seed: 2, path: 'x' } };
  const evaluate = () => trainer.client.evaluate({ checkpoint: site.characters, domain: 'arithmetic', spec });
  await evaluate();
  const rows = rowsOf(/evaluation-\w+\.jsonl$/);
  assert.deepEqual(
    rows.map((row) => [row.problem_id, row.sample]),
    problems.flatMap(({ id }) => [0, 1, 2].map((sample) => [id, sample])),
  );
  await evaluate();
  assert.deepEqual(rowsOf(/evaluation-\w+\.jsonl$/), rows);
  const ask = { checkpoint: site.characters, prompts: ['1', '2'], samplesPerPrompt: 2, sampling };
  const { completions } = await trainer.client.generate(ask);
  const generated = rowsOf(/generation-\w+\.jsonl$/);
  assert.deepEqual(
    generated.map(({ tokens }) => tokens),
    completions.map(({ tokenIds }) => tokenIds.length),
  );
  assert.deepEqual(
    generated.map(({ reward, verdict }) => reward ?? verdict),
    [null, null, null, null],
  );
});

test('as Parquet, a file has the same rows', async () => {
  const ask = { checkpoint: site.characters, prompts: ['1', '2', '3'], samplesPerPrompt: 2, sampling };
  await trainer.client.generate({ ...ask, random: { seed: 9, path: 'parquet' } });
  const files = new CompletionFiles(join(site.folder, 'parquet'), 'parquet');
  const other = await startTrainer(site.store, site.verifier, {}, undefined, 16, files);
  try {
    await other.client.generate({ ...ask, random: { seed: 9, path: 'parquet' } });
  } finally {
    await other.stop();
  }
  const [name] = readdirSync(join(site.folder, 'parquet'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.parquet'),
  );
  const rows: unknown[] = [];
  for await (const { fields } of readRows(join(site.folder, 'parquet', name!))) rows.push(fields);
  const lines = readFileSync(join(folder, name!.replace('.parquet', '.jsonl')), 'utf8')
    .trim()
    .split('\n');
  assert.equal(rows.length, 6);
  assert.deepEqual(
    rows,
    lines.map((line) => JSON.parse(line) as unknown),
  );
});

test('work that fails leaves no file', async () => {
  const before = rowsOf(/jsonl/).length;
  await assert.rejects(
    trainer.client.generate({ checkpoint: site.characters, prompts: ['?'], samplesPerPrompt: 1, sampling }),
  );
  assert.equal(rowsOf(/jsonl/).length, before);
  writeFileSync(join(folder, 'blocked'), '');
  await assert.rejects(
    startTrainer(
      site.store,
      site.verifier,
      {},
      undefined,
      16,
      new CompletionFiles(join(folder, 'blocked')),
    ).then(async (other) => {
      try {
        await other.client.generate({
          checkpoint: site.characters,
          prompts: ['1'],
          samplesPerPrompt: 1,
          sampling,
        });
      } finally {
        await other.stop();
      }
    }),
    /a file exists where a folder is expected/,
  );
});
