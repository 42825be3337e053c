/** Files of sweeps: what they hold, and everything that is wrong with them at once. */
import { ARM_NAMES } from '@soar/experiments';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkInputs } from '../plan/checked-inputs.js';
import { describeProblems } from '../plan/input-problems.js';
import { readSweepFile } from './sweep-file.js';
import { pointsOf, sweepSources } from './sweep-inputs.js';

function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'soar-sweep-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'sweep.yaml');
  writeFileSync(file, text);
  return file;
}

async function wrongIn(file: string): Promise<string[]> {
  const sweep = await readSweepFile(file);
  const { problems } = await checkInputs(sweepSources({}, sweep, sweep.arms ?? ['hard-only'], undefined));
  return describeProblems(problems.all).map((line) => line.replace(`${file}:`, ''));
}

test('a file is a configuration with what varies, arms, seeds and inputs beside it', async (t) => {
  const file = fileOf(
    t,
    `preset: quickstart
outerSteps: 3
arms: [hard-only, pq]
teachers: 2
train: [train.jsonl, more.jsonl]
test: test.jsonl
vary:
  promotion.tau: [0.01, 0.05]
  student.rl.optimizer.learning_rate: [0.1]
`,
  );
  const sweep = await readSweepFile(file);
  assert.deepEqual(sweep.problems, []);
  assert.deepEqual([sweep.read.config!.outerSteps, sweep.arms, sweep.teachers], [3, ['hard-only', 'pq'], 2]);
  assert.deepEqual(sweep.train, [join(file, '../train.jsonl'), join(file, '../more.jsonl')]);
  assert.deepEqual([sweep.test, sweep.design], [[join(file, '../test.jsonl')], 'one-at-a-time']);
  const { fields, points } = pointsOf(sweep, sweep.read.config!);
  assert.deepEqual(
    fields.map(({ field, base }) => [field, base]),
    [
      ['promotion.tau', 0.05],
      ['student.rl.optimizer.learningRate', sweep.read.config!.student!.rl!.optimizer!.learningRate],
    ],
  );
  assert.equal(points.length, 3);
});

test('all that is wrong with a file is said at once, each with its place', async (t) => {
  const file = fileOf(
    t,
    `preset: quickstart
arms: [hard-only, best]
teachers: 0
desing: grid
vary:
  promotion.tau: [0.01, x]
  promotion.widow: [1]
  seed: [1]
  teacher.questionsPerDataset: 8
`,
  );
  assert.deepEqual(await wrongIn(file), [
    `2:1: arms: expected a list of arms: ${ARM_NAMES.join(', ')}, got ["hard-only","best"]`,
    '3:11: teachers: expected a whole number from 1 to 100, got 0',
    '4:1: desing: unknown field; beside the fields of a configuration, a sweep has model, train, test, curated, ' +
      'questions, arms, teachers, students, alone, firstSeed, design, vary',
    '6:25: vary: promotion.tau: expected a number, got "x"',
    '7:21: vary: promotion.widow: unknown field; did you mean window?',
    '8:10: vary: seed: is not used by comparisons; seeds and arms are given beside the fields',
    '9:32: vary: teacher.questionsPerDataset: expected a list of values',
  ]);
});

test('a point that breaks a rule is refused by its value; one that breaks another field, by its name', async (t) => {
  const file = fileOf(
    t,
    `preset: quickstart
arms: [hard-only, pq]
vary:
  promotion.tau: [0.01, 5]
  rewardQuestions: [9999, 500]
  reward: [REWARD_KIND_LEARNABILITY]
  teacher.frozen: [true]
`,
  );
  assert.deepEqual(await wrongIn(file), [
    '4:25: vary: promotion.tau = 5: must be greater than or equal to -1 and less than or equal to 1',
    '5:21: vary: rewardQuestions = 9999: must be greater than or equal to 1 and less than or equal to 4096',
    '5:27: vary: rewardQuestions = 500: 500 reward questions cannot be drawn from 214 train problems; lower it to at ' +
      'most 214',
    '3:1: vary: reward = REWARD_KIND_LEARNABILITY: promotion.disabled: must be true where the reward is ' +
      'learnability: no student is trained, so none can be promoted',
    '3:1: vary: teacher.frozen = true: pq needs a teacher that learns, and teacher.frozen is true; leave it out ' +
      'of the configuration: the arms frozen-ps and frozen-pq freeze theirs themselves',
  ]);
});

test('too many points, nothing that varies and an unknown design are refused', async (t) => {
  const many = Array.from({ length: 17 }, (_, i) => i + 1).join(', ');
  const grid = `design: grid\nvary: { outerSteps: [${many}], student.steps: [${many}] }\n`;
  assert.deepEqual(await wrongIn(fileOf(t, `preset: quickstart\n${grid}`)), [
    '3:1: vary: 289 points are too many; a sweep has at most 256',
  ]);
  assert.match((await wrongIn(fileOf(t, 'preset: quickstart\n')))[0]!, /vary: is missing; expected fields/);
  assert.match(
    (await wrongIn(fileOf(t, 'design: random\nvary: { outerSteps: [1] }\n')))[0]!,
    /design: expected one of one-at-a-time, grid, got "random"/,
  );
});
