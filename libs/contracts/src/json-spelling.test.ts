import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunConfigSchema } from './gen/soar/coordinator/v1/run_config_pb.js';
import { misspellings } from './json-spelling.js';

test('every misspelt field is found, with its path, in the order of the text', () => {
  const json = {
    outerSteps: 'many',
    teacher: { dataset: 4, kl: { estimator: 'KL_ESTIMATOR_K2' } },
    student: 4,
    comparison: { pass_at: [1], arms: ['ARM_NONE'] },
  };
  assert.deepEqual(
    misspellings(RunConfigSchema, json).map(({ field, description }) => [field, description.split(';')[0]]),
    [
      ['outerSteps', 'expected a whole number from 0 to 4294967295, got "many"'],
      ['teacher.dataset', 'unknown field'],
      ['teacher.kl.estimator', 'expected one of KL_ESTIMATOR_K1, KL_ESTIMATOR_K3, got "KL_ESTIMATOR_K2"'],
      ['student', 'expected an object, got 4'],
      [
        'comparison.arms',
        'expected a list, each one of ARM_BASE, ARM_HARD_ONLY, ARM_PROMOTED_STUDENT, ARM_PROMOTION_QUESTIONS, ' +
          'got ["ARM_NONE"]',
      ],
    ],
  );
  assert.deepEqual(misspellings(RunConfigSchema, { seed: 1, outer_steps: 2, teacher: null }), []);
});
