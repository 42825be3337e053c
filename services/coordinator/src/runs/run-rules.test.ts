import {
  create,
  KlConfigSchema,
  KlEstimator,
  KlPlacement,
  PromptConfigSchema,
  RewardKind,
  type CreateRunRequest,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRun, type CompleteConfig } from './run-rules.js';
import { CoordinatorFixture, request } from '../testing/coordinator.js';

const cases: [string, string, RegExp, (config: CompleteConfig, request: CreateRunRequest) => void][] = [
  [
    'an unknown domain',
    'config.domain',
    /unknown domain "chess"; known: arithmetic/,
    (c) => (c.domain = 'chess'),
  ],
  [
    'promotion where no student is trained',
    'config.promotion.disabled',
    /must be true where the reward is learnability/,
    (c) => (c.reward = RewardKind.LEARNABILITY),
  ],
  [
    'a second turn of another form than the first',
    'config.teacher.answer_prompt',
    /given as text, so teacher\.prompt must be given as text too/,
    (c) => (c.teacher.answerPrompt = create(PromptConfigSchema, { text: '=' })),
  ],
  [
    'a second turn that asks nothing',
    'config.teacher.answer_prompt',
    /expected messages or text/,
    (c) => (c.teacher.answerPrompt = create(PromptConfigSchema)),
  ],
  ['a single dataset', 'config.teacher.datasets', /at least 2, got 1/, (c) => (c.teacher.datasets = 1)],
  [
    'groups that datasets cannot be divided into',
    'config.dataset_group_size',
    /8 datasets cannot be compared in groups of 3: expected a divisor/,
    (c) => ((c.teacher.datasets = 8), (c.datasetGroupSize = 3)),
  ],
  ['groups of one', 'config.dataset_group_size', /at least 2/, (c) => (c.datasetGroupSize = 1)],
  [
    'k1 in the loss of students',
    'config.student.rl.kl.estimator',
    /k1 in the loss penalises nothing/,
    (c) => (c.student.rl.kl = create(KlConfigSchema, { coefficient: 0.1, estimator: KlEstimator.K1 })),
  ],
  [
    'k1 in the loss of the teacher',
    'config.teacher.kl.estimator',
    /k1 in the loss penalises nothing/,
    (c) => (c.teacher.kl!.estimator = KlEstimator.K1),
  ],
  [
    'a KL penalty in the teacher reward',
    'config.teacher.kl.placement',
    /Proposition 1/,
    (c) => (c.teacher.kl!.placement = KlPlacement.REWARD),
  ],
  [
    'a greedy teacher',
    'config.teacher.sampling.temperature',
    /above 0/,
    (c) => (c.teacher.sampling.temperature = 0),
  ],
  ['a truncated teacher', 'config.teacher.sampling.top_k', /off/, (c) => (c.teacher.sampling.topK = 5)],
  [
    'a truncated student',
    'config.student.rl.sampling.top_p',
    /off/,
    (c) => (c.student.rl.sampling.topP = 0.9),
  ],
  [
    'pass@k beyond the samples',
    'config.comparison.pass_at',
    /pass@8 needs at least 8 samples/,
    (c) => (c.comparison.passAt = [1, 8]),
  ],
  [
    'more reward questions than train problems',
    'config.reward_questions',
    /9 reward questions cannot be drawn from 8/,
    (c) => (c.rewardQuestions = 9),
  ],
  [
    'an id in both splits',
    'test_problems[2].id',
    /"train-1" is also the id of train_problems\[1\]/,
    (_, r) => (r.testProblems[2]!.id = 'train-1'),
  ],
  [
    'an id that names another folder of the store',
    'id',
    /"models" names another folder/,
    (_, r) => (r.id = 'models'),
  ],
  [
    'an id that names a database beside the runs',
    'id',
    /"coordinator\.sqlite-wal" names another folder or file/,
    (_, r) => (r.id = 'coordinator.sqlite-wal'),
  ],
  ['an id that reads like a flag', 'id', /"-rf" reads like a flag/, (_, r) => (r.id = '-rf')],
  [
    "an id that looks like a teacher's problem",
    'train_problems[0].id',
    /looks like the id of a teacher's problem/,
    (_, r) => (r.trainProblems[0]!.id = 'step-0/1/0'),
  ],
];

for (const [what, where, message, spoil] of cases) {
  test(`${what} is refused, by field`, () => {
    const spoilt = request('run', (config) => spoil(config, request('unused')));
    spoil(spoilt.config as CompleteConfig, spoilt);
    assert.throws(
      () => checkRun(spoilt, ['arithmetic']),
      (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.deepEqual([error.reason, error.where], ['INVALID_ARGUMENT', where]);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('a run that breaks a rule changes nothing', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await assert.rejects(client.createRun(request('run', (config) => (config.rewardQuestions = 9))));
  await assert.rejects(client.createRun(request('run', (config) => (config.outerSteps = 0))), /outer_steps/);
  assert.deepEqual((await client.listRuns({})).runs, []);
  assert.deepEqual(fixture.services.calls, []);
});
