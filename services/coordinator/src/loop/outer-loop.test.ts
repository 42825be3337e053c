import { Arm, CurriculumMode, RewardKind, runReportFromJson, RunState } from '@soar/contracts';
import { runPage } from '@soar/report-page';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CompleteConfig } from '../runs/run-rules.js';
import { CoordinatorFixture, ended, request, timeless } from '../testing/coordinator.js';

test('an outer step proposes, evaluates the baseline, trains g*r students, scores and updates', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(
    request('run', (config) => {
      config.outerSteps = 1;
      onlyBase(config);
    }),
  );
  await ended(client, 'run');

  const calls = fixture.services.calls.filter((call) => !call.startsWith('GetCheckpoint'));
  const students = ['0/repeat-0', '0/repeat-1', '1/repeat-0', '1/repeat-1'].map(
    (s) => `run/step-0/dataset-${s}`,
  );
  assert.deepEqual(calls.slice(0, 2), ['Propose step/0/propose', 'Evaluate models/base 1']);
  assert.deepEqual(
    calls.slice(2, 10).sort(),
    [
      ...students.map((s) => `CreateTrainingRun ${s}`),
      ...students.map((s) => `WatchTrainingRun ${s}`),
    ].sort(),
  );
  assert.deepEqual(calls.slice(10, 12), ['ScoreStep run 0', 'Update run/step-0/teacher']);
  assert.deepEqual(calls.slice(12), ['Evaluate models/base 4']);
});

test('with learnability as reward the baseline answers the questions, and no student is trained', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(
    request('run', (config) => {
      config.outerSteps = 1;
      config.reward = RewardKind.LEARNABILITY;
      config.promotion.disabled = true;
      config.student.rl.groupSize = 3;
      onlyBase(config);
    }),
  );
  const { state, failure, report } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED, failure);
  const calls = fixture.services.calls.filter((call) => !call.startsWith('GetCheckpoint'));
  assert.deepEqual(calls, [
    'Propose step/0/propose',
    'Evaluate models/base 1',
    'Evaluate models/base 3',
    'Evaluate models/base 3',
    'ScoreStep run 0',
    'Update run/step-0/teacher',
    'Evaluate models/base 4',
  ]);
  assert.equal(report!.steps[0]!.innerSteps, 0);
});

test('a frozen teacher is searched and promoted as ever, and never updated', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  const freeze = (config: CompleteConfig): void => void (config.teacher.frozen = true);
  await client.createRun(request('run', freeze));
  const { report, state, failure } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED, failure);
  const { calls } = fixture.services;
  assert.equal(calls.filter((call) => call.startsWith('Propose ')).length, 2);
  assert.deepEqual(
    calls.filter((call) => call.startsWith('Update ')),
    [],
  );
  assert.deepEqual(
    report!.steps.map(({ teacher, teacherGradientNorm }) => [teacher!.key, teacherGradientNorm]),
    Array(2).fill(['models/base', 0]),
  );
  assert.deepEqual([report!.teacherUpdates, report!.promotions], [0, 2]);
  assert.equal(report!.config!.teacher!.frozen, true);
  // Only the teacher differs: the same steps, students and arms as those of a teacher that learns.
  await client.createRun(request('learning'));
  const learning = (await ended(client, 'learning')).report!;
  assert.deepEqual(
    report!.arms.map(({ name, passAtK }) => [name, passAtK]),
    learning.arms.map(({ name, passAtK }) => [name, passAtK]),
  );

  // A fork freezes the teacher as it then is.
  const { config } = request('fork', (own) => {
    freeze(own);
    own.outerSteps = 3;
  });
  await client.forkRun({ id: 'fork', fork: { runId: 'learning', fromStep: 2 }, config: config! });
  const forked = (await ended(client, 'fork')).report!;
  assert.equal(forked.steps[2]!.teacher!.key, 'learning/step-1/teacher');
});

test('a promoted student is the next baseline, its dataset joins D_best, inner loops get longer once', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run', (config) => (config.outerSteps = 3)));
  const { report, state, outerStepsDone } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED);
  assert.equal(outerStepsDone, 3);

  const promoted = report!.steps.map(({ score }) => score?.promotion?.checkpoint?.key);
  assert.equal(promoted[0], 'run/step-0/dataset-1/repeat-0');
  assert.equal(report!.steps[0]!.student!.key, promoted[0]);
  assert.ok(fixture.services.calls.includes(`Evaluate ${promoted[0]} 1`), 'the new baseline is evaluated');
  assert.deepEqual(
    report!.steps.map(({ innerSteps }) => innerSteps),
    [3, 5, 5],
  );
  assert.equal(report!.promotions, promoted.filter((key) => key !== undefined).length);
  assert.deepEqual(
    report!.promotionQuestions[0]!.questions.map(({ id }) => id),
    ['step-0/1/0', 'step-0/1/1'],
  );
});

test('an unchanged baseline is evaluated once, on the whole train split', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.gain = () => 0;
  const { client } = await fixture.coordinator();
  await client.createRun(
    request('run', (config) => {
      config.outerSteps = 3;
      onlyBase(config);
    }),
  );
  const { report } = await ended(client, 'run');
  assert.equal(report!.promotions, 0);
  assert.equal(fixture.services.calls.filter((call) => call === 'Evaluate models/base 1').length, 1);
});

test('a teacher whose rewards are all equal is not counted as updated', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.gain = () => 0;
  const { client } = await fixture.coordinator();
  await client.createRun(request('run', onlyBase));
  assert.equal((await ended(client, 'run')).report!.teacherUpdates, 0);
});

test('without a promotion PS is the base and PQ is Hard-Only, trained once', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.gain = () => 0;
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  const { arms } = (await ended(client, 'run')).report!;
  assert.deepEqual(
    arms.map(({ name, checkpoint, trainingSteps }) => [name, checkpoint!.key, trainingSteps]),
    [
      ['base', 'models/base', 0],
      ['hard-only', 'run/hard-only', 5],
      ['ps', 'models/base', 0],
      ['pq', 'run/hard-only', 5],
    ],
  );
  assert.equal(fixture.services.worked.get('run/pq'), undefined);
  assert.equal(fixture.services.calls.filter((call) => call === 'Evaluate models/base 4').length, 1);
});

test('PQ trains on D_best first and then on hard problems, with the budget of Hard-Only', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  const { arms } = (await ended(client, 'run')).report!;
  const [hardOnly, pq] = ['hard-only', 'pq'].map((name) => arms.find((arm) => arm.name === name)!);
  assert.deepEqual(
    pq!.training.map(({ stage }) => stage),
    ['synthetic', 'synthetic', 'hard', 'hard', 'hard'],
  );
  assert.equal(hardOnly!.trainingSteps, pq!.trainingSteps);

  await client.createRun(request('mixed', ({ comparison }) => (comparison.mode = CurriculumMode.MIXED)));
  const mixed = (await ended(client, 'mixed')).report!.arms.find(({ name }) => name === 'pq')!;
  assert.equal(mixed.training[0]!.stage, 'mixed');
});

test('PS is the promoted student with the best greedy accuracy on the train split', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  const { arms, steps } = (await ended(client, 'run')).report!;
  const ps = arms.find(({ name }) => name === 'ps')!;
  assert.equal(ps.checkpoint!.key, steps[1]!.score!.promotion!.checkpoint!.key); // two gains beat one
  assert.deepEqual(ps.passAtK, { 1: 3 / 8, 4: 3 / 8 });
});

test('kinds and right answers are measured by the domain, and tokens of students add up', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.tokensAStep = 7;
  const { client } = await fixture.coordinator();
  await client.createRun(request('run', onlyBase));
  const [step] = (await ended(client, 'run')).report!.steps;
  assert.deepEqual(step!.kinds, { '2 operands': 4 });
  assert.equal(step!.correctAnswers, 0.5); // every second stated answer is 000
  assert.equal(step!.studentTokens, BigInt(4 * step!.innerSteps * 7));
});

test('a run writes report.json, its page, the promotion questions and the promoted student', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  const { report } = await ended(client, 'run');
  const folder = join(fixture.folder, 'run');
  const written = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
  const { timing, ...rest } = written;
  assert.deepEqual(rest, timeless(report));
  assert.deepEqual(Object.keys(timing.seconds).sort(), [
    'evaluation',
    'hard-only',
    'outer-steps',
    'pq',
    'ps',
    'student-workers',
  ]);
  assert.deepEqual(Object.keys(written.arms[0].passAtK), ['1', '4']);
  const page = await readFile(join(folder, 'report.html'), 'utf8');
  assert.equal(page, runPage(runReportFromJson(written, 'report.json')));

  const lines = (await readFile(join(folder, 'promotion-questions.jsonl'), 'utf8')).trimEnd().split('\n');
  assert.deepEqual(Object.keys(JSON.parse(lines[0]!)), [
    'id',
    'question',
    'answer',
    'outer_step',
    'dataset',
    'reward',
  ]);
  assert.equal(lines.length, 4);
  const model = JSON.parse(await readFile(join(folder, 'promoted-student/config.json'), 'utf8'));
  assert.deepEqual(model, { skill: 3 }); // the base has 1, and each of the two promotions added 1
  assert.ok((await readdir(join(folder, 'promoted-student'))).includes('manifest.json'));
});

function onlyBase({ comparison }: CompleteConfig): void {
  comparison.arms = [Arm.BASE];
}

test('the report does not depend on the bound of the fan-out', async (t) => {
  const reports = [];
  for (const fanOutMax of [1, 64]) {
    const fixture = await CoordinatorFixture.create(t);
    const { client } = await fixture.coordinator({ fanOutMax });
    await client.createRun(request('run'));
    reports.push(timeless((await ended(client, 'run')).report));
  }
  assert.deepEqual(reports[0], reports[1]);
});
