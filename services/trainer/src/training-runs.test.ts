import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { durationMs, KlEstimator, KlPlacement, NormaliseOver, TrainingState } from '@soar/contracts';
import { Overloaded, UserError } from '@soar/core';
import { stoppingStep } from '@soar/rl';
import { follow, greedy, problems, sampling, specOf, type SpecInit } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

const evaluation = { problems, samplesPerProblem: 1, sampling: greedy };

test('a training raises the reward, and leaves a model folder under its id', async () => {
  const { run, metrics } = await follow(trainer, 'run-1/a', specOf(site.characters, 30, { evaluation }));
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
  assert.equal(run.stepsDone, 30);
  assert.ok(durationMs(run.workerTime!) > 0);
  const { steps, checkpoint, evaluation: found } = run.result!;
  assert.ok(metrics.length > 0 && metrics.length <= 30);
  const mean = (part: typeof steps): number => part.reduce((sum, s) => sum + s.rewardMean, 0) / part.length;
  const [first, last] = [mean(steps.slice(0, 5)), mean(steps.slice(-5))];
  assert.ok(last > 3 * first && last > 3, `mean reward ${first} at first, ${last} at last`);
  assert.deepEqual(
    found!.outcomes.map(({ problemId }) => problemId),
    problems.map(({ id }) => id),
  );
  assert.deepEqual(found!.checkpoint, checkpoint);
  assert.deepEqual(readdirSync(join(site.folder, 'store', 'run-1', 'a')).sort(), [
    'config.json',
    'generation_config.json',
    'manifest.json',
    'model.safetensors',
    'tokenizer.json',
  ]);
  assert.deepEqual(readdirSync(join(site.folder, 'store', 'run-1', 'a.record')).sort(), [
    'manifest.json',
    'record.json',
  ]);
  const described = await trainer.client.getCheckpoint({ checkpoint: checkpoint! });
  assert.equal(described.modelType, 'llama');
});

test('equal specifications give equal bits, with two workers at once too', async () => {
  const two = await site.trainer({ workers: 2 });
  const runs = await Promise.all(
    ['b', 'c', 'd'].map((name) => follow(two, `run-1/${name}`, specOf(site.characters, 4))),
  );
  const alone = await follow(trainer, 'run-1/e', specOf(site.characters, 4));
  for (const { run } of runs) {
    assert.equal(run.result!.checkpoint!.sha256, alone.run.result!.checkpoint!.sha256);
    assert.deepEqual(run.result!.steps, alone.run.result!.steps);
  }
  const other = specOf(site.characters, 4, { random: { seed: 3, path: 'step/1' } });
  const { run } = await follow(two, 'run-1/f', other);
  assert.notEqual(run.result!.checkpoint!.sha256, alone.run.result!.checkpoint!.sha256);
});

test('the same id and specification find the training, in another process too', async () => {
  const spec = specOf(site.characters, 2, { evaluation });
  const { run } = await follow(trainer, 'run-1/again', spec);
  const again = await trainer.client.createTrainingRun({ id: 'run-1/again', spec });
  assert.deepEqual(again.run!.result, run.result);
  const restarted = await site.trainer();
  const found = await restarted.client.createTrainingRun({ id: 'run-1/again', spec });
  assert.equal(durationMs(found.run!.workerTime!), 0); // no worker worked on it there
  assert.equal(found.run!.state, TrainingState.SUCCEEDED);
  assert.deepEqual(found.run!.result, run.result);
  assert.equal(found.run!.stepsDone, 2);
  assert.deepEqual((await restarted.client.getTrainingRun({ id: 'run-1/again' })).run, found.run);
  await assert.rejects(
    restarted.client.createTrainingRun({ id: 'run-1/again', spec: specOf(site.characters, 3) }),
    (error) =>
      error instanceof UserError && error.reason === 'ALREADY_EXISTS' && /another spec/.test(error.message),
  );
});

test('a cancelled training ends at once, leaves nothing, and stays cancelled', async () => {
  const spec = specOf(site.characters, 100_000);
  await trainer.client.createTrainingRun({ id: 'run-1/long', spec });
  const events = trainer.client.watchTrainingRun({ id: 'run-1/long' })[Symbol.asyncIterator]();
  for (let seen = 0; seen < 2;) if ((await events.next()).value?.metrics) seen++;
  const { run } = await trainer.client.cancelTrainingRun({ id: 'run-1/long' });
  assert.equal(run!.state, TrainingState.CANCELLED);
  let last;
  for (let next = await events.next(); !next.done; next = await events.next()) last = next.value;
  assert.equal(last?.run?.state, TrainingState.CANCELLED);
  assert.equal(await site.store.find('run-1/long'), undefined);
  const after = await trainer.client.createTrainingRun({ id: 'run-1/long', spec });
  assert.equal(after.run!.state, TrainingState.CANCELLED);
  await follow(trainer, 'run-1/next', specOf(site.characters, 1)); // the worker is free again
});

test('training runs are listed by id, page by page, without their steps', async () => {
  const first = await trainer.client.listTrainingRuns({ idPrefix: 'run-1/', pageSize: 2 });
  assert.deepEqual(
    first.runs.map(({ id }) => id),
    ['run-1/a', 'run-1/again'],
  );
  assert.deepEqual(first.runs[0]!.result!.steps, []);
  const rest = await trainer.client.listTrainingRuns({ idPrefix: 'run-1/', pageToken: first.nextPageToken });
  assert.deepEqual(
    rest.runs.map(({ id }) => id),
    ['run-1/e', 'run-1/long', 'run-1/next'],
  );
  assert.equal(rest.nextPageToken, '');
  await assert.rejects(trainer.client.getTrainingRun({ id: 'none' }), /training none: there is none/);
});

test('questions without a gradient are skipped: nothing is updated, the schedule advances', async () => {
  // Nobody marks an answer in one token, so that every reward is 0.
  const spec = specOf(site.characters, 3);
  const rl = { ...spec.rl!, sampling: { ...sampling, maxNewTokens: 1 }, optimizer: { learningRate: 0.01 } };
  const { run } = await follow(trainer, 'run-1/skipped', { ...spec, rl } as SpecInit);
  const { steps, checkpoint } = run.result!;
  assert.deepEqual(
    steps.map(({ questionsSkipped }) => questionsSkipped),
    [4, 4, 4],
  );
  assert.deepEqual(
    steps.map(({ gradientNorm }) => gradientNorm),
    [0, 0, 0],
  );
  assert.deepEqual(
    steps.map(({ learningRate }) => learningRate.toFixed(4)),
    ['0.0100', '0.0075', '0.0025'],
  );
  const weights = async (ref: { key: string; sha256: string }): Promise<string> =>
    (await site.store.open(ref)).files.get('model.safetensors')!.sha256;
  const untouched = await follow(trainer, 'run-1/skipped-too', { ...spec, rl } as SpecInit);
  assert.equal(await weights(checkpoint!), await weights(untouched.run.result!.checkpoint!));
});

test('a stopping rule ends a training that has levelled off, after the steps of the score', async () => {
  const rule = { movingAverageSteps: 5, share: 0.15, scoreSteps: 4 };
  const spec = specOf(site.characters, 60, { evaluation, evaluateEvery: 3 });
  const { run: whole } = await follow(trainer, 'run-1/unstopped', spec);
  const { run } = await follow(trainer, 'run-1/stopped', { ...spec, stopping: rule });
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
  const { steps, stopStep, evaluations } = run.result!;
  assert.equal(steps.length, stopStep! + 1 + rule.scoreSteps);
  assert.ok(steps.length < 60 && run.stepsTotal === 60);
  // Until it ends it is the training without a rule, and the stop is that of its whole curve.
  assert.deepEqual(steps, whole.result!.steps.slice(0, steps.length));
  const rewards = steps.map(({ rewardMean }) => rewardMean);
  assert.equal(stoppingStep(rewards, rule), stopStep);
  assert.deepEqual(
    evaluations.map(({ stepsDone }) => stepsDone),
    steps.map(({ step }) => step).filter((step) => step > 0 && step % 3 === 0),
  );
  assert.equal(run.result!.evaluation!.outcomes.length, problems.length);
  const again = await site.trainer();
  const found = await again.client.createTrainingRun({
    id: 'run-1/stopped',
    spec: { ...spec, stopping: rule },
  });
  assert.deepEqual(found.run!.result, run.result);
  assert.equal(whole.result!.stopStep, undefined);
});

test('penalties, clip, normalised advantages and several stages go through', async () => {
  const plain = specOf(site.characters, 2);
  const stages = ['synthetic', 'hard'].map((name) => ({ name, problems, steps: 2 }));
  for (const [i, change] of [
    { kl: { coefficient: 0.1 } },
    { kl: { coefficient: 0.1, estimator: KlEstimator.K1, placement: KlPlacement.REWARD } },
    { clipEpsilon: 0.2, kl: { coefficient: 0.01 } },
    { normaliseAdvantages: true },
    { normaliseAdvantages: true, normaliseOver: NormaliseOver.BATCH },
  ].entries()) {
    const { run } = await follow(trainer, `run-1/variant-${i}`, {
      ...plain,
      stages,
      rl: { ...plain.rl, ...change },
    } as SpecInit);
    assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
    assert.deepEqual(
      run.result!.steps.map(({ stage }) => stage),
      ['synthetic', 'synthetic', 'hard', 'hard'],
    );
    const { kl } = run.result!.steps.at(-1)!;
    assert.equal(kl !== 0, change.kl !== undefined);
    const inLoss = change.kl !== undefined && change.kl.placement === undefined;
    if (inLoss) assert.equal(run.result!.steps[0]!.questionsSkipped, 0);
  }
});

test('a differently shaped model with a byte-level tokenizer goes the same way', async () => {
  const mathProblems = [
    { id: 'a', question: 'What is 1+1?', answer: '2' },
    { id: 'b', question: 'What is the sum?', answer: '\\frac{1}{2}' },
  ];
  const { run } = await follow(trainer, 'run-1/bytes', {
    ...specOf(site.bytes, 2),
    domain: 'math',
    stages: [{ name: 'real', problems: mathProblems, steps: 2 }],
    evaluation: { problems: mathProblems, samplesPerProblem: 4, sampling },
  });
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
  const { completions, promptTokenIds } = await trainer.client.generate({
    checkpoint: run.result!.checkpoint!,
    prompts: ['the é'],
    samplesPerPrompt: 2,
    sampling,
  });
  assert.equal(promptTokenIds[0]!.ids[0], 259, 'begins with the beginning-of-sequence token, once');
  assert.equal(completions.length, 2);
});

test('a full queue says when to come again, and takes the same training then', async () => {
  const small = await site.trainer({}, 2);
  const create = (name: string) =>
    small.client.createTrainingRun({ id: `run-9/${name}`, spec: specOf(site.characters, 20) });
  await create('a');
  await create('b');
  await assert.rejects(create('c'), (error: unknown) => {
    assert.ok(error instanceof Overloaded, String(error));
    assert.match(error.message, /2 trainings are queued or running, the most allowed \(--queue-max\)/);
    return error.retryAfterMs > 0;
  });
  assert.equal((await create('a')).run!.id, 'run-9/a', 'one that is known is found all the same');
  await small.client.cancelTrainingRun({ id: 'run-9/b' });
  const { run } = await follow(small, 'run-9/c', specOf(site.characters, 1));
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
});

test('intermediate evaluations are of the student at that step, and change nothing', async () => {
  const plain = await follow(trainer, 'way/plain', specOf(site.characters, 6, { evaluation }));
  const { run } = await follow(
    trainer,
    'way/seen',
    specOf(site.characters, 6, { evaluation, evaluateEvery: 2 }),
  );
  const [seen, bare] = [run.result!, plain.run.result!];
  assert.equal(seen.checkpoint!.sha256, bare.checkpoint!.sha256);
  assert.deepEqual(seen.steps, bare.steps);
  assert.deepEqual(seen.evaluation!.outcomes, bare.evaluation!.outcomes);
  assert.deepEqual(
    seen.evaluations.map(({ stepsDone }) => stepsDone),
    [2, 4],
  );
  assert.deepEqual(bare.evaluations, []);
  for (const { stepsDone, evaluation: found } of seen.evaluations) {
    // A training that ends there, under the schedule of the longer one, is the same student.
    const cut = await follow(trainer, `way/${stepsDone}`, specOf(site.characters, stepsDone, { evaluation }));
    assert.deepEqual(found!.outcomes, cut.run.result!.evaluation!.outcomes);
  }
  // Found again, by another trainer, with what it had seen.
  const another = await site.trainer();
  const again = await follow(
    another,
    'way/seen',
    specOf(site.characters, 6, { evaluation, evaluateEvery: 2 }),
  );
  assert.deepEqual(again.run.result, seen);
  for (const [spec, message] of [
    [{ evaluateEvery: 1 }, /spec\.evaluate_every: needs spec\.evaluation/],
    [
      { evaluation, evaluateEvery: 1, stages: [{ name: 'x', problems, steps: 2_000 }] },
      /raise it to at least 2/,
    ],
  ] as const) {
    const bad: SpecInit = specOf(site.characters, 2, spec as Partial<SpecInit>);
    await assert.rejects(trainer.client.createTrainingRun({ id: 'way/bad', spec: bad }), {
      reason: 'INVALID_ARGUMENT',
      message,
    });
  }
});
