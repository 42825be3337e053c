/** Settings of a sweep: read, applied, refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  create,
  jsonPath,
  RunConfigSchema,
  runConfigToJson,
  settingIn,
  settingMessage,
  settingOf,
  settingViolations,
  withSettings,
} from './index.js';

const config = create(RunConfigSchema, {
  domain: 'arithmetic',
  promotion: { tau: 0.05, window: 3 },
  student: { rl: { optimizer: { learningRate: 0.1 }, groupSize: 8 } },
  comparison: { passAt: [1, 8] },
});

test('settings change the fields that they name and nothing else, in either spelling', () => {
  const settings = [
    { field: 'promotion.require_full_window', value: true },
    { field: 'student.rl', value: { groupSize: 16, optimizer: { learningRate: 0.2 } } },
    { field: 'comparison.passAt', value: [4] },
    { field: 'teacher.questionsPerDataset', value: 8 },
    { field: 'reward', value: 'REWARD_KIND_LEARNABILITY' },
  ];
  assert.deepEqual(settingViolations(settings), []);
  const own = withSettings(config, settings);
  assert.deepEqual(
    [own.promotion!.tau, own.promotion!.window, own.promotion!.requireFullWindow],
    [0.05, 3, true],
  );
  assert.deepEqual([own.student!.rl!.groupSize, own.student!.rl!.optimizer!.learningRate], [16, 0.2]);
  assert.deepEqual([own.comparison!.passAt, own.teacher!.questionsPerDataset, own.reward], [[4], 8, 2]);
  assert.equal(config.student!.rl!.groupSize, 8);
  assert.deepEqual(withSettings(config, []), config);
  const json = runConfigToJson(own);
  assert.equal(settingIn(json, 'promotion.require_full_window'), true);
  assert.equal(settingIn(json, 'promotion.none.below'), undefined);
  assert.equal(jsonPath('promotion.require_full_window'), 'promotion.requireFullWindow');
});

test('a setting comes back from its message as it was', () => {
  for (const value of [0.1, true, 'x', [1, 2], { a: { b: 0 } }])
    assert.deepEqual(settingOf(settingMessage({ field: 'f', value })), { field: 'f', value });
});

test('unknown fields, wrong values, unused fields and fields that are set twice are violations', () => {
  const found = settingViolations([
    { field: 'promotion.taus', value: 1 },
    { field: 'promotion.window', value: 'three' },
    { field: 'promotion.tau', value: null },
    { field: 'seed', value: 1 },
    { field: 'student.rl.groupSize', value: 8 },
    { field: 'student.rl', value: { group_size: 8 } },
    { field: 'domain.name', value: 'math' },
  ]);
  assert.deepEqual(
    found.map(({ field, description }) => `${field}: ${description}`),
    [
      'promotion.taus: unknown field; did you mean tau?',
      'promotion.window: expected a whole number from 0 to 4294967295, got "three"',
      'promotion.tau: has no value',
      'seed: is not used by comparisons; seeds and arms are given beside the fields',
      'student.rl: is set twice, here and by student.rl.groupSize',
      'domain: expected text, got {"name":"math"}',
    ],
  );
});
