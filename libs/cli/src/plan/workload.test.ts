import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, plannedWorks, PromptConfigSchema, RewardKind } from '@soar/contracts';
import { presetConfig } from '../run-config.js';
import { comparisonWork, runWork, type Work } from './workload.js';

const splits = { train: 100, test: 50 };

function named(works: readonly Work[], name: string): Work {
  const found = works.find((work) => work.name === name);
  return found ?? assert.fail(`no ${name} in ${works.map((work) => work.name).join(', ')}`);
}

test('the work of a run is counted from its configuration', () => {
  const works = runWork(presetConfig('paper'), splits);
  const proposals = named(works, 'proposals');
  assert.deepEqual(proposals, { ...proposals, by: 'teacher', rows: 512, tokensMax: 512 });
  assert.deepEqual(proposals.times, { least: 200, most: 200 });
  const students = named(works, 'students');
  assert.ok(students.kind === 'training');
  assert.deepEqual(
    [students.count, students.steps, students.evaluated.rows],
    [32, { least: 10, most: 15 }, 64],
  );
  assert.deepEqual(named(works, 'baselines').times, { least: 1, most: 201 });
  const arms = named(works, 'arms');
  assert.ok(arms.kind === 'training');
  assert.deepEqual([arms.count, arms.steps.most], [2, 1500]);
  const heldOut = named(works, 'held-out evaluations');
  assert.deepEqual(heldOut, { ...heldOut, rows: 50 * 32, times: { least: 2, most: 4 } });
});

test('a run without promotion, and one that trains no students, have no more than that', () => {
  const config = presetConfig('paper');
  config.promotion!.disabled = true;
  const students = named(runWork(config, splits), 'students');
  assert.ok(students.kind === 'training');
  assert.equal(students.steps.most, 10);
  config.reward = RewardKind.LEARNABILITY;
  const asked = named(runWork(config, splits), 'students');
  assert.deepEqual(asked, { ...asked, kind: 'sampling', rows: 512 * 32 });
  config.comparison!.arms = [1];
  assert.deepEqual(
    runWork(config, splits).map(({ name }) => name),
    ['proposals', 'baselines', 'students', 'teacher updates', 'held-out evaluations'],
  );
});

test('a frozen teacher is not updated, in a run or in its arms', () => {
  const config = presetConfig('paper');
  const has = (works: readonly Work[], name: string): boolean => works.some((work) => work.name === name);
  const seeds = { teachers: 3, students: 2, alone: 4 };
  const works = comparisonWork(config, splits, ['pq', 'frozen-pq'], seeds);
  assert.ok(has(works, 'teacher grounded: teacher updates'));
  assert.ok(!has(works, 'teacher frozen: teacher updates'));
  const of = (kind: string) => ({ ...named(works, `teacher ${kind}: baselines`), name: '' });
  assert.deepEqual(of('frozen'), of('grounded')); // it promotes as often
  config.teacher!.frozen = true;
  assert.ok(!has(runWork(config, splits), 'teacher updates'));
});

test('a teacher with two turns answers each of its questions by itself', () => {
  const config = presetConfig('paper');
  config.teacher!.answerPrompt = create(PromptConfigSchema, { text: 'Answer:' });
  const answers = named(runWork(config, splits), 'answers of proposals');
  assert.deepEqual({ ...answers, name: 'proposals' }, named(runWork(config, splits), 'proposals'));
  const tokens = ({ teacher }: ReturnType<typeof plannedWorks>): number => teacher.promptTokens;
  const { answerPrompt: _, ...oneTurn } = config.teacher!;
  const once = plannedWorks({ ...config, teacher: oneTurn }, []);
  assert.equal(tokens(plannedWorks(config, [])) - tokens(once), 512 + 4);
});

test('a comparison has a run for each teacher and the students of each arm', () => {
  const seeds = { teachers: 3, students: 2, alone: 4 };
  const works = comparisonWork(
    presetConfig('quickstart'),
    splits,
    ['base', 'hard-only', 'base-t', 'ps', 'pq'],
    seeds,
  );
  assert.equal(named(works, 'teacher grounded: proposals').times.most, 3 * 20);
  const count = (name: string): number => {
    const work = named(works, name);
    return work.kind === 'training' ? work.count : work.times.most;
  };
  assert.deepEqual(
    [
      'evaluations of base',
      'students of hard-only',
      'students of base-t',
      'evaluations of ps',
      'students of pq',
    ].map(count),
    [4, 4, 6, 6, 6],
  );
  assert.equal(named(works, 'questions of teacher base').times.most, 3);
});

test('students that may stop are counted from their earliest stop, with the evaluations that are configured', () => {
  const seeds = { teachers: 1, students: 1, alone: 1 };
  const arms = ['hard-only', 'hard-only-whole-budget', 'pq'] as const;
  const of = (preset: string, arm: string) => {
    const work = named(comparisonWork(presetConfig(preset), splits, arms, seeds), `students of ${arm}`);
    assert.ok(work.kind === 'training');
    const { samplesPerProblem } = presetConfig(preset).comparison!;
    return [work.steps.least, work.steps.most, work.evaluated.rows / (splits.test * samplesPerProblem)];
  };
  assert.deepEqual(of('quickstart', 'pq'), [30, 30, 6]);
  assert.deepEqual(of('paper', 'pq'), [12 + 3 + 200, 1500, 30]);
  const [least, most, evaluations] = of('paper', 'hard-only-whole-budget');
  assert.equal(least, most);
  assert.equal(evaluations, Math.min(1000, Math.ceil(most! / 50)));
});
