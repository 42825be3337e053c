/** The JSON Schema of what the file of a sweep has beside a configuration, as sweep-file.ts reads it. */
import type { JsonObject } from '@soar/contracts';
import { ARM_NAMES } from '@soar/experiments';
import { DESIGNS } from './points.js';

const whole = (minimum: number, maximum: number, description: string, fallback?: number): JsonObject => ({
  description,
  type: 'integer',
  minimum,
  maximum,
  ...(fallback !== undefined && { default: fallback }),
});
const paths = (description: string): JsonObject => ({
  description: `${description} A path, or a list of paths, relative to this file. Default: the shipped ones.`,
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
});

export const SWEEP_JSON_SCHEMA: JsonObject = {
  vary: {
    description:
      'Fields of the configuration by their paths ("promotion.tau"), each with a list of values. An object sets the ' +
      'fields that it names together.',
    type: 'object',
    minProperties: 1,
    additionalProperties: { type: 'array', minItems: 1 },
  },
  design: {
    description:
      'one-at-a-time: the base, and every value with all other fields as in the base. grid: every combination.',
    enum: [...DESIGNS],
    default: 'one-at-a-time',
  },
  arms: {
    description: 'Arms of every point. Default: the core of "soar compare".',
    type: 'array',
    items: { enum: [...ARM_NAMES] },
    minItems: 1,
  },
  teachers: whole(1, 100, 'Teacher seeds.', 4),
  students: whole(1, 100, 'Student seeds for each teacher.', 3),
  alone: whole(1, 100, 'Seeds of arms without a teacher. Default: twice students.'),
  firstSeed: whole(0, 1_000_000, 'First seed; the others follow it.', 0),
  model: {
    description: 'Base model: a Hugging Face folder, relative to this file. Default: the shipped one.',
    type: 'string',
  },
  train: paths('Hard problems, train split.'),
  test: paths('Hard problems, held-out split.'),
  curated: paths('Easier problems with exact answers, for the upper bound.'),
  questions: paths('Problems to train on, for the arm given-questions.'),
};
