import type { DescMessage, DescService } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as contracts from './index.js';
import { describeViolations, ProblemSchema, validate, validator } from './index.js';
import { vendoredValidateProto } from './vendor-validate.js';

const exported = Object.values(contracts) as { kind?: string }[];
const messages = exported.filter((it): it is DescMessage => it?.kind === 'message');
const services = exported.filter((it): it is DescService => it?.kind === 'service');

test('the vendored validate.proto is what @bufbuild/protovalidate describes', () => {
  const vendored = new URL('../../../proto/vendor/buf/validate/validate.proto', import.meta.url);
  assert.equal(readFileSync(vendored, 'utf8'), vendoredValidateProto());
});

test('nine services are exported, each call with a request and a response of its own', () => {
  assert.deepEqual(services.map(({ name }) => name).sort(), [
    'BuildService',
    'ComparisonService',
    'CoordinatorService',
    'MetaRewardService',
    'SweepService',
    'TeacherService',
    'TrainerService',
    'TrainerStatusService',
    'VerifierService',
  ]);
  const used = services.flatMap(({ methods }) =>
    methods.flatMap(({ input, output }) => [input.name, output.name]),
  );
  assert.equal(new Set(used).size, used.length);
});

test('every method says whether it may be repeated', () => {
  const silent = services.flatMap(({ name, methods }) =>
    methods
      .filter(({ idempotency }) => idempotency === IdempotencyLevel.IDEMPOTENCY_UNKNOWN)
      .map((method) => `${name}.${method.name}`),
  );
  assert.deepEqual(silent, []);
});

test('every rule of every message compiles', () => {
  assert.ok(messages.length > 60, `${messages.length} messages`);
  for (const schema of messages) {
    const result = validator.validate(schema, create(schema));
    assert.notEqual(result.kind, 'error', `${schema.typeName}: ${result.error?.message}`);
  }
});

test('violations name their fields through lists and maps', () => {
  const problems = [
    create(ProblemSchema, { id: 'a', question: 'q', answer: '1' }),
    create(ProblemSchema, { id: 'b' }),
  ];
  const spec = create(contracts.EvaluationSpecSchema, {
    problems,
    samplesPerProblem: 1,
    sampling: { maxNewTokens: 8 },
  });
  assert.deepEqual(
    validate(contracts.EvaluationSpecSchema, spec).map(({ field }) => field),
    ['problems[1].question', 'problems[1].answer'],
  );
  const zero = { ...spec, samplesPerProblem: 0, problems: problems.slice(0, 1) };
  assert.equal(validate(contracts.EvaluationSpecSchema, zero)[0]?.field, 'samples_per_problem');
  assert.equal(validate(contracts.EvaluationSpecSchema, zero, 'json')[0]?.field, 'samplesPerProblem');
});

test('a key can not leave the store', () => {
  const ok = ['a', 'run-1/step-0/dataset-3/repeat-1', 'models/base_1.0'];
  const bad = [
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/../b',
    '.a',
    'a/.b',
    'a b',
    'a\\b',
    'ä',
    `a/${'b'.repeat(600)}`,
  ];
  const broken = (key: string) =>
    validate(contracts.CheckpointRefSchema, create(contracts.CheckpointRefSchema, { key })).length;
  for (const key of ok) assert.equal(broken(key), 0, key);
  for (const key of bad) assert.notEqual(broken(key), 0, key);
});

test('many violations are told in one bounded line', () => {
  const violations = Array.from({ length: 9 }, (_, i) => ({ field: `f${i}`, description: 'is wrong' }));
  assert.equal(describeViolations(violations, 2), 'f0: is wrong; f1: is wrong; and 7 more');
});
