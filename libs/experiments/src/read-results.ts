/**
 * Reads units and comparisons from files. Content that is not of the format is refused as a whole, with one message.
 * A file may have been edited or truncated; lengths are bounded so that a hostile one costs no more than its own
 * size.
 */
import { UserError } from '@soar/core';
import * as v from 'valibot';
import { ARM_NAMES, TEACHER_NAMES } from './arms.js';
import type { Comparison, Unit } from './results.js';

const LIST_MAX = 100_000;
const TEXT_MAX = 20_000;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(finite, v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(TEXT_MAX));
const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.maxLength(LIST_MAX));
const named = <N extends string>(names: readonly N[]) => v.picklist(names);

const cost = v.strictObject({
  tokens: v.exactOptional(positive),
  steps: positive,
  seconds: positive,
  workerSeconds: v.exactOptional(positive),
});
const question = v.strictObject({
  question: text,
  answer: text,
  kind: v.pipe(v.string(), v.maxLength(200)),
  wellPosed: v.exactOptional(v.boolean()),
  correct: v.exactOptional(v.boolean()),
});
const teacher = v.strictObject({
  unit: v.literal('teacher'),
  teacher: named(TEACHER_NAMES),
  teacherSeed: count,
  steps: list(
    v.strictObject({
      step: count,
      rewards: list(finite),
      repeatRewards: list(list(finite)),
      movingAverage: finite,
      baselineAccuracy: share,
      kinds: v.record(v.pipe(v.string(), v.maxLength(200)), count),
      correctAnswers: v.exactOptional(share),
      promoted: v.exactOptional(count),
    }),
  ),
  promotions: list(v.strictObject({ step: count, reward: finite, questions: list(question) })),
  questions: list(question),
  hiddenDiversity: v.exactOptional(v.strictObject({ asked: positive, promoted: v.exactOptional(positive) })),
  stoppedAt: v.exactOptional(count),
  wellFormed: share,
  cost,
});
const heldOut = v.pipe(
  v.strictObject({ step: count, samples: count, correct: list(count) }),
  v.check(
    ({ samples, correct }) => samples > 0 && correct.length > 0 && correct.every((c) => c <= samples),
    'expected outcomes of at least one problem, each with at most as many correct as there are samples',
  ),
);
const student = v.strictObject({
  unit: v.literal('student'),
  arm: named(ARM_NAMES),
  teacherSeed: v.exactOptional(count),
  studentSeed: count,
  training: list(
    v.strictObject({ stage: v.pipe(v.string(), v.maxLength(200)), reward: finite, accuracy: finite }),
  ),
  heldOut: v.pipe(
    list(heldOut),
    v.minLength(1, 'expected at least one evaluation'),
    v.check((all) => all.every((h, i) => i === 0 || h.step > all[i - 1]!.step), 'expected ascending steps'),
  ),
  stopStep: v.exactOptional(count),
  cost,
});
const unit = v.variant('unit', [teacher, student]);

const seeds = v.pipe(
  list(count),
  v.check((all) => new Set(all).size === all.length, 'expected distinct seeds'),
);
const comparison = v.strictObject({
  format: v.literal('soar-comparison/1'),
  version: text,
  command: text,
  domain: text,
  model: v.strictObject({ sha256: text }),
  problems: v.strictObject({
    train: count,
    heldOut: count,
    curated: count,
    questions: v.exactOptional(count),
    sha256: text,
  }),
  heldOut: v.pipe(list(text), v.minLength(1)),
  arms: v.pipe(list(named(ARM_NAMES)), v.minLength(1)),
  seeds: v.strictObject({ teachers: seeds, students: seeds, alone: seeds }),
  config: v.unknown(),
  passAt: v.pipe(list(v.pipe(count, v.minValue(1))), v.minLength(1)),
});

/** A unit; `where` names its file in the message. */
export function readUnit(json: unknown, where: string): Unit {
  return read<Unit>(unit, json, where, 'a unit of a comparison');
}

export function readComparison(json: unknown, where: string): Comparison {
  return read<Comparison>(comparison, json, where, 'a comparison (soar-comparison/1)');
}

function read<T>(schema: v.GenericSchema<unknown, T>, json: unknown, where: string, what: string): T {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  // The message quotes the value, which may be as long as the file, and is therefore cut.
  const message = issue.message.replace(/\s+/g, ' ').slice(0, 200);
  throw new UserError(
    `${where}: not ${what}: ${path === null ? '' : `${path.slice(0, 200)}: `}${message}; ` +
      `delete the file to make it again`,
    'INVALID_ARGUMENT',
    where,
  );
}
