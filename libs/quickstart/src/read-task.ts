/**
 * Reads a task file: JSON of the form in `task.ts`, checked completely before it is used.
 *
 * Every error names the field, the expected value and the value found.
 */
import { arithmeticGrammar as grammar } from '@soar/domains';
import { UserError } from '@soar/core';
import type { Mixture, Task } from './task.js';

type Check = (value: unknown, at: string) => void;

/** The task in `json` (a parsed JSON value). `where` names the file in messages. Throws UserError. */
export function readTask(json: unknown, where = 'task'): Task {
  TASK(json, where);
  const task = json as Task;
  if (task.model.hidden_size % 2 !== 0 || task.model.head_dim % 2 !== 0) {
    refuse(`${where}.model.head_dim`, 'an even size, for rotary positions', task.model.head_dim);
  }
  if (task.model.num_attention_heads % task.model.num_key_value_heads !== 0) {
    refuse(
      `${where}.model.num_key_value_heads`,
      'a divisor of num_attention_heads',
      task.model.num_key_value_heads,
    );
  }
  for (const [i, stage] of task.stages.entries()) {
    for (const sort of ['textbook', 'exam'] as const)
      checkMixture(stage[sort], `${where}.stages[${i}].${sort}`);
    const longest = Math.max(longestTokens(stage.textbook), longestTokens(stage.exam));
    if (stage.rowTokens < longest) {
      refuse(`${where}.stages[${i}].rowTokens`, `at least ${longest}, the longest text`, stage.rowTokens);
    }
    if (longest > task.model.max_position_embeddings) {
      refuse(
        `${where}.model.max_position_embeddings`,
        `at least ${longest}`,
        task.model.max_position_embeddings,
      );
    }
    if (stage.learningRate.warmupSteps > stage.steps) {
      refuse(
        `${where}.stages[${i}].learningRate.warmupSteps`,
        `at most ${stage.steps}`,
        stage.learningRate.warmupSteps,
      );
    }
  }
  for (const set of ['pool', 'curated'] as const) {
    for (const [i, { operands, count }] of task[set].entries()) {
      const most = 10 ** (grammar.DIGITS * operands) / 2;
      if (count > most) refuse(`${where}.${set}[${i}].count`, `at most ${most}`, count);
    }
  }
  return task;
}

function checkMixture(mixture: Mixture, at: string): void {
  if (!mixture.some(({ weight }) => weight > 0)) refuse(at, 'a kind with a weight above 0', mixture.length);
  for (const [i, kind] of mixture.entries()) {
    for (const field of ['worked', 'goesOn', 'given'] as const) {
      if (kind[field].length !== kind.operands.length) {
        const expected = `${kind.operands.length} probabilities, as in operands`;
        refuse(`${at}[${i}].${field}`, expected, kind[field].length);
      }
    }
    if (!kind.operands.some((weight) => weight > 0))
      refuse(`${at}[${i}].operands`, 'a weight above 0', kind.operands);
  }
}

/** Tokens of the longest worked text of a mixture: cue, question, steps, mark, answer, end of text. */
function longestTokens(mixture: Mixture): number {
  const lengths = mixture.map(({ operands }) => operands.findLastIndex((weight) => weight > 0) + 1);
  const question = {
    operator: '+',
    operands: Array<string>(Math.max(...lengths)).fill('0'.repeat(grammar.DIGITS)),
  } as const;
  return (
    `Q${grammar.spell(question)}=${grammar.workedSteps(question)}#${grammar.answerOf(question)}`.length + 1
  );
}

function refuse(at: string, expected: string, got: unknown): never {
  throw new UserError(
    `${at}: expected ${expected}, got ${JSON.stringify(got) ?? 'nothing'}`,
    'INVALID_ARGUMENT',
    at,
  );
}

function number(min: number, max: number): Check {
  return (value, at) => {
    if (typeof value !== 'number' || !(value >= min && value <= max))
      refuse(at, `a number in [${min}, ${max}]`, value);
  };
}

function whole(min: number, max: number): Check {
  return (value, at) => {
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      refuse(at, `a whole number in [${min}, ${max}]`, value);
    }
  };
}

function oneOf(...options: readonly unknown[]): Check {
  return (value, at) => {
    if (!options.includes(value))
      refuse(at, options.map((option) => JSON.stringify(option)).join(' or '), value);
  };
}

const text: Check = (value, at) => {
  if (typeof value !== 'string' || !/^[a-z0-9-]{1,40}$/.test(value))
    refuse(at, 'lower case, digits, dashes', value);
};

function list(item: Check, min: number, max: number): Check {
  return (value, at) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      return refuse(at, `a list of ${min} to ${max}`, Array.isArray(value) ? `${value.length} items` : value);
    }
    for (const [i, entry] of value.entries()) item(entry, `${at}[${i}]`);
  };
}

function record(fields: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refuse(at, 'an object', value);
    for (const key of Object.keys(value)) {
      if (!(key in fields)) refuse(`${at}.${key}`, `one of ${Object.keys(fields).join(', ')}`, key);
    }
    for (const [key, check] of Object.entries(fields))
      check((value as Record<string, unknown>)[key], `${at}.${key}`);
  };
}

function optional(check: Check): Check {
  return (value, at) => (value === undefined ? undefined : check(value, at));
}

const kind = record({
  operator: oneOf(...grammar.OPERATORS),
  weight: number(0, 1e6),
  operands: list(number(0, 1e6), 1, grammar.OPERANDS_MAX),
  worked: list(number(0, 1), 1, grammar.OPERANDS_MAX),
  goesOn: list(number(0, 1), 1, grammar.OPERANDS_MAX),
  given: list(number(0, 1), 1, grammar.OPERANDS_MAX),
  questionLossWeight: optional(number(0, 1)),
});

const mixture = list(kind, 1, 16);

const part = record({
  operator: oneOf(...grammar.OPERATORS),
  operands: whole(1, grammar.OPERANDS_MAX),
  count: whole(1, 100_000),
});

const TASK: Check = record({
  version: oneOf(2),
  name: text,
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  domain: oneOf('arithmetic'),
  model: record({
    hidden_size: whole(2, 4096),
    intermediate_size: whole(1, 16384),
    num_hidden_layers: whole(1, 64),
    num_attention_heads: whole(1, 64),
    num_key_value_heads: whole(1, 64),
    head_dim: whole(2, 512),
    rope_theta: number(1, 1e8),
    rms_norm_eps: number(1e-12, 1e-2),
    max_position_embeddings: whole(8, 131072),
    tie_word_embeddings: oneOf(true, false),
    initializer_range: number(1e-4, 1),
  }),
  optimizer: record({
    beta1: number(0, 0.9999),
    beta2: number(0, 0.99999),
    epsilon: number(1e-16, 1e-2),
    weightDecay: number(0, 1),
    clipNorm: number(1e-6, 1e6),
  }),
  questionLossWeight: number(0, 1),
  stages: list(
    record({
      name: text,
      steps: whole(1, 1e7),
      rows: whole(1, 4096),
      rowTokens: whole(8, 4096),
      learningRate: record({ peak: number(0, 1), final: number(0, 1), warmupSteps: whole(0, 1e7) }),
      textbookShare: number(0, 1),
      textbook: mixture,
      exam: mixture,
    }),
    1,
    16,
  ),
  pool: list(part, 1, 64),
  curated: list(part, 1, 64),
});
