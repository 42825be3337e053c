import { create } from '@bufbuild/protobuf';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunConfig } from './gen/soar/coordinator/v1/run_config_pb.js';
import { RunReportSchema } from './gen/soar/coordinator/v1/run_pb.js';
import {
  messageFromJson,
  runConfigFromJson,
  runConfigToJson,
  runReportFromJson,
  runReportToJson,
} from './json.js';

/** A complete configuration, as a user would write it. */
function complete(): Record<string, unknown> {
  const sampling = () => ({ temperature: 1, maxNewTokens: 64 });
  const optimizer = { learningRate: 1e-3 };
  return {
    domain: 'arithmetic',
    seed: 7,
    outerSteps: 3,
    rewardQuestions: 16,
    teacher: {
      datasets: 4,
      questionsPerDataset: 8,
      sampling: sampling(),
      optimizer,
      kl: { coefficient: 0.001 },
    },
    student: {
      repeats: 2,
      steps: 10,
      rl: { questionsPerStep: 8, groupSize: 16, sampling: sampling(), optimizer },
    },
    promotion: { tau: 0.01, window: 3 },
    comparison: { samplesPerProblem: 32, passAt: [1, 8, 32], hardSteps: 40, sampling: sampling() },
  };
}

function refused(change: (config: Record<string, never>) => void): string {
  const json = complete();
  change(json as Record<string, never>);
  try {
    runConfigFromJson(json, 'run.yaml');
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.reason, 'INVALID_ARGUMENT');
    return error.message;
  }
  return assert.fail('accepted');
}

test('a configuration goes to JSON, with every default written out, and back', () => {
  const config: RunConfig = runConfigFromJson(complete(), 'run.yaml');
  const json = runConfigToJson(config) as {
    comparison: Record<string, unknown>;
    student: Record<string, unknown>;
  };
  assert.equal(json.comparison['mode'], 'CURRICULUM_MODE_UNSPECIFIED');
  assert.equal(json.student['stepsAfterPromotion'], 0);
  assert.deepEqual(runConfigFromJson(JSON.parse(JSON.stringify(json)), 'again'), config);
});

test('an unknown field is named by its whole path, with the nearest known one', () => {
  const message = (edit: (c: { teacher: object; student: { rl: { sampling: object } } }) => void) =>
    refused((config) => edit(config as never));
  assert.equal(
    message((c) => Object.assign(c.student.rl.sampling, { temprature: 1 })),
    'run.yaml: student.rl.sampling.temprature: unknown field; did you mean temperature?',
  );
  assert.match(
    message((c) => Object.assign(c.teacher, { colour: 1 })),
    /^run\.yaml: teacher\.colour: unknown field; known here: datasets, questionsPerDataset, /,
  );
});

test('a value of the wrong kind is named with what was expected', () => {
  const cases: [string, unknown, RegExp][] = [
    ['domain', 3, /^run\.yaml: domain: expected text, got 3$/],
    ['seed', -1, /^run\.yaml: seed: expected a whole number from 0 to 4294967295, got -1$/],
    ['seed', 1.5, /seed: expected a whole number/],
    ['outerSteps', 'many', /outerSteps: expected a whole number .*, got "many"$/],
    ['teacher', [], /teacher: expected an object, got \[\]$/],
    ['comparison', { passAt: 1 }, /comparison\.passAt: expected a list, got 1$/],
    ['comparison', { passAt: [1, 'x'] }, /comparison\.passAt: expected a list, each a whole number/],
    ['comparison', { mode: 'CURRICULUM' }, /comparison\.mode: expected one of CURRICULUM_MODE_CURRICULUM, /],
    ['comparison', { arms: ['ARM_BASE', 'pq'] }, /comparison\.arms: expected a list, each one of ARM_BASE, /],
  ];
  for (const [field, value, expected] of cases) {
    assert.match(
      refused((config) => Object.assign(config, { [field]: value })),
      expected,
    );
  }
  assert.throws(
    () => runConfigFromJson('text', 'run.yaml'),
    /^UserError: run\.yaml: expected an object, got "text"$/,
  );
  assert.throws(() => runConfigFromJson(undefined, 'run.yaml'), /expected an object/);
});

test('broken rules are named with their fields, as they are spelt in the file', () => {
  const message = refused((config) => Object.assign(config, { outerSteps: 0, student: null }));
  assert.match(
    message,
    /^run\.yaml: outerSteps: must be greater than or equal to 1 .*; student: value is required$/,
  );
});

test('rules over several fields hold too', () => {
  type Config = {
    comparison: object;
    teacher: { sampling: object; kl: object };
    student: { rl: { sampling: object } };
  };
  const message = (edit: (c: Config) => void) => refused((config) => edit(config as never));
  assert.match(
    message((c) => Object.assign(c.comparison, { samplesPerProblem: 16 })),
    /comparison: pass_at must not be above samples_per_problem$/,
  );
  assert.match(
    message((c) => Object.assign(c.teacher.kl, { placement: 'KL_PLACEMENT_REWARD' })),
    /teacher\.kl\.placement: .* \(Proposition 1\); put it in the loss$/,
  );
  const truncated = { topK: [5, 'top_k'], topP: [0.9, 'top_p'], temperature: [0, 'temperature'] } as const;
  for (const [field, [value, setting]] of Object.entries(truncated)) {
    const change = { temperature: 1, maxNewTokens: 64, [field]: value };
    const refusal = new RegExp(`sampling\\.${setting}: a policy is not trained on .* got ${value}$`);
    assert.match(
      message((c) => (c.teacher.sampling = change)),
      refusal,
    );
    assert.match(
      message((c) => (c.student.rl.sampling = change)),
      refusal,
    );
  }
});

test('names may be spelt as in the .proto', () => {
  const { outerSteps, ...rest } = complete();
  assert.equal(runConfigFromJson({ ...rest, outer_steps: outerSteps }, 'run.yaml').outerSteps, 3);
});

test('a report keeps its maps, counts and missing values over JSON', () => {
  const report = create(RunReportSchema, {
    runId: 'r',
    arms: [{ name: 'base', passAtK: { 1: 0.25, 8: 0.5 }, problems: 128, samplesPerProblem: 32 }],
    steps: [{ outerStep: 0, rejections: { unparsed: 2 } }],
  });
  const json = JSON.parse(JSON.stringify(runReportToJson(report))) as { arms: object[]; steps: object[] };
  assert.deepEqual((json.arms[0] as { passAtK: object }).passAtK, { 1: 0.25, 8: 0.5 });
  assert.ok(!('correctAnswers' in json.steps[0]!), 'absent where there is no oracle');
  assert.deepEqual(runReportFromJson(json, 'report.json'), report);
  assert.throws(
    () => messageFromJson(RunReportSchema, { timing: { startTime: 'noon' } }, 'report.json'),
    /timing\.startTime/,
  );
});
