import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  CurriculumMode,
  KlEstimator,
  KlPlacement,
  type OptimizerConfig,
  type RunConfig,
  Schedule,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { loadRunConfig, presetConfig, presetNames } from './run-config.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-config-'));
after(() => rmSync(folder, { recursive: true }));

/** A file of this text. */
function yaml(text: string): string {
  const file = join(folder, 'run.yaml');
  writeFileSync(file, text);
  return file;
}

/** The message that loading `text` is refused with. */
async function refusal(text: string): Promise<string> {
  try {
    await loadRunConfig(yaml(text));
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message.replaceAll(`${folder}/`, '');
  }
  return assert.fail('was not refused');
}

test('every preset is a complete, valid configuration', () => {
  assert.deepEqual(presetNames(), ['paper', 'paper-harp', 'paper-olympiad', 'quickstart', 'trl']);
  for (const name of presetNames()) assert.ok(presetConfig(name).outerSteps > 0);
});

test('the preset paper holds every entry of table 3, and the evaluation of section 4', () => {
  const { outerSteps, rewardQuestions, datasetGroupSize, ...parts } = presetConfig('paper');
  const [teacher, student, promotion, comparison] = [
    parts.teacher!,
    parts.student!,
    parts.promotion!,
    parts.comparison!,
  ];
  const rl = student.rl!;
  const optimizer = ({ learningRate, schedule, warmupSteps }: OptimizerConfig) => [
    learningRate,
    schedule,
    warmupSteps,
  ];
  assert.deepEqual([outerSteps, rewardQuestions, teacher.questionsPerDataset], [200, 64, 64]);
  // Batch size 2 and group size 4 of the teacher; 8 and 32 of a student.
  assert.deepEqual([teacher.datasets / datasetGroupSize, datasetGroupSize], [2, 4]);
  assert.deepEqual([rl.questionsPerStep, rl.groupSize], [8, 32]);
  assert.deepEqual(optimizer(teacher.optimizer!), [1e-5, Schedule.COSINE, 20]);
  assert.deepEqual(optimizer(rl.optimizer!), [1e-5, Schedule.COSINE, 0]);
  assert.deepEqual([teacher.kl!.coefficient, rl.kl!.coefficient], [0.001, 0.001]);
  for (const [sampling, tokens] of [
    [teacher.sampling, 512],
    [rl.sampling, 1024],
    [comparison.sampling, 1024],
  ] as const)
    assert.deepEqual([sampling!.temperature, sampling!.maxNewTokens], [1, tokens]);
  assert.deepEqual([student.repeats, student.steps, student.stepsAfterPromotion], [4, 10, 5]);
  assert.deepEqual([promotion.tau, promotion.window, promotion.requireFullWindow], [0.01, 3, true]);
  assert.deepEqual([comparison.syntheticSteps, comparison.syntheticSteps + comparison.hardSteps], [64, 1500]);
  assert.equal(comparison.mode, CurriculumMode.CURRICULUM);
  assert.deepEqual([comparison.warmupSteps, comparison.curriculumWarmupSteps], [20, 0]);
  const { movingAverageSteps, share, scoreSteps } = comparison.stopping!;
  assert.deepEqual([movingAverageSteps, share, scoreSteps], [25, 0.15, 200]);
  assert.deepEqual([comparison.samplesPerProblem, comparison.passAt], [32, [1, 4, 8, 16, 32]]);
});

test('on HARP and OlympiadBench students are mixed throughout, and on the latter compared after 50 steps', () => {
  const [paper, harp, olympiad] = ['paper', 'paper-harp', 'paper-olympiad'].map((name) => presetConfig(name));
  for (const config of [harp, olympiad])
    assert.deepEqual({ ...config, comparison: undefined }, { ...paper, comparison: undefined });
  const of = ({ comparison }: RunConfig) => {
    const { mode, syntheticSteps, hardSteps, warmupSteps, optimizer, stopping } = comparison!;
    return [
      mode,
      syntheticSteps,
      hardSteps,
      warmupSteps,
      optimizer?.horizonSteps,
      stopping!.movingAverageSteps,
    ];
  };
  assert.deepEqual(of(harp!), [CurriculumMode.MIXED, 0, 1500, 20, undefined, 25]);
  assert.deepEqual(of(olympiad!), [CurriculumMode.MIXED, 0, 50, 20, 1500, 0]);
});

test('the preset trl trains students as TRL does where nothing is said', () => {
  const fixture = new URL('../../../services/trainer/testdata/trl-rloo.json', import.meta.url);
  const { defaults } = JSON.parse(readFileSync(fixture, 'utf8')) as { defaults: Record<string, unknown> };
  const rl = presetConfig('trl').student!.rl!;
  const { optimizer, sampling, kl } = rl;
  assert.deepEqual(
    {
      learning_rate: optimizer!.learningRate,
      num_generations: rl.groupSize,
      max_completion_length: sampling!.maxNewTokens,
      beta: kl!.coefficient,
      temperature: sampling!.temperature,
      per_device_train_batch_size: rl.questionsPerStep * rl.groupSize,
      lr_scheduler_type: optimizer!.schedule === Schedule.LINEAR ? 'linear' : '',
      warmup_steps: optimizer!.warmupSteps,
      max_grad_norm: optimizer!.gradientClipNorm,
      weight_decay: optimizer!.weightDecay,
      normalize_advantages: rl.normaliseAdvantages,
    },
    defaults,
  );
  assert.deepEqual([kl!.estimator, kl!.placement], [KlEstimator.K1, KlPlacement.REWARD]);
});

test('a file overlays its preset field by field and flags overlay the file', async () => {
  const file = yaml('preset: quickstart\nouter_steps: 3\nseed: 5\nteacher:\n  kl: { coefficient: 0 }\n');
  const config = await loadRunConfig(file, { seed: 9 });
  assert.equal(config.outerSteps, 3);
  assert.equal(config.seed, 9);
  assert.equal(config.teacher?.kl?.coefficient, 0);
  assert.equal(config.teacher?.datasets, presetConfig('quickstart').teacher?.datasets);
  assert.deepEqual(await loadRunConfig(yaml('domain: math\n')), presetConfig('paper'));
});

test('an unknown field is refused with its line and the nearest known one', async () => {
  assert.match(
    await refusal('seed: 1\nteacher:\n  dataset: 4\n'),
    /^run\.yaml:3:3: teacher\.dataset: unknown field; did you mean datasets\?/,
  );
});

test('a malformed value is refused with its line, what was expected and what was found', async () => {
  assert.match(
    await refusal('seed: 1\nouterSteps: many\n'),
    /^run\.yaml:2:13: outerSteps: expected a whole number .*"many"/,
  );
  assert.match(await refusal('student: 4\n'), /^run\.yaml:1:10: student: expected an object, got 4/);
});

test('a value out of range is refused with its line', async () => {
  assert.match(
    await refusal('preset: quickstart\n\npromotion:\n  tau: 0.01\n  window: 0\n'),
    /^run\.yaml:5:11: promotion\.window: /,
  );
});

test('a duplicate key, an empty value and broken YAML are refused with their lines', async () => {
  assert.match(await refusal('seed: 1\nseed: 2\n'), /^run\.yaml:2:1: not valid YAML: .*unique/);
  assert.match(await refusal('seed: 1\nouterSteps:\n'), /^run\.yaml:2:1: outerSteps: has no value/);
  assert.match(await refusal('seed: [1\n'), /^run\.yaml:\d+:\d+: not valid YAML/);
  assert.match(
    await refusal('teacher: &a { kl: *a }\n'),
    /^run\.yaml: .*an alias refers to what it stands in/,
  );
  assert.match(await refusal('['.repeat(10_000)), /things are wrong|not valid YAML|cannot be read/);
  assert.match(await refusal('- 1\n'), /^run\.yaml:1:1: expected a mapping/);
});

test('everything that is wrong is said at once, each with its place, and rules are checked on the rest', async () => {
  const message = await refusal(
    'preset: quickstart\nseeed: 1\nteacher:\n  datasets: 1\n  kl: { placement: KL_PLACEMENT_REWARD }\n' +
      'student:\n  rl:\n    groupSize: none\n    sampling: { topK: 5 }\n  steps:\n',
  );
  assert.deepEqual(
    message.split('\n').map((line) => line.replace(/(: [\w.]+): .*/, '$1')),
    [
      '6 things are wrong with the input',
      '  run.yaml:2:1: seeed',
      '  run.yaml:4:13: teacher.datasets',
      '  run.yaml:5:20: teacher.kl.placement',
      '  run.yaml:8:16: student.rl.groupSize',
      '  run.yaml:9:23: student.rl.sampling.topK',
      '  run.yaml:10:3: student.steps',
    ],
  );
});

test('an unknown preset is refused with the names of the presets', async () => {
  assert.match(
    await refusal('preset: papers\n'),
    /^run\.yaml:1:9: preset: unknown preset "papers"; expected one of paper, .*, trl$/m,
  );
});

test('a missing file is refused by name', async () => {
  await assert.rejects(loadRunConfig(join(folder, 'none.yaml')), /none\.yaml: cannot be read/);
});
