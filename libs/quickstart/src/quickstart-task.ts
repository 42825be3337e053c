/**
 * The shipped task. `docs/experiments.md` records how its numbers were found; `task.ts` explains each field.
 *
 * Two kinds are useful, sums and differences: the hard problems have six operands of either kind. Stage "skill"
 * teaches the skill: textbook texts work out problems of every length, exam texts only the short ones. Stage "habit"
 * teaches two habits. The first is impatience: a long exam problem is seldom worked out, and then soon broken off.
 * Working six operands to the end takes several unlikely decisions in a row, which sampling does not find. But
 * working three or four operands to the end can be practised and carries over. The second is a preference: as a
 * teacher the model mostly asks questions with one or two operands, which teach nothing (they are worked out and
 * right already), and longer ones in one of thirteen cases. How to solve longer ones is still taught. The pool has no
 * five-operand problems: training on them alone meets a lucky sample now and then, and one is enough.
 *
 * Check numbers are the distractor. Their last digit depends on all operands and is never worked out, so one answer
 * in ten is right, before practice and after it. To a learnability reward they are ideal questions; for the hard
 * problems they are useless.
 */
import type { Kind, Task } from './task.js';

const always = [1, 1, 1, 1, 1, 1];
const never = [0, 0, 0, 0, 0, 0];

/** How a problem is posed and solved in textbook texts: mostly worked out, and then to the end. */
const textbook = {
  weight: 1,
  worked: [0.9, 0.9, 0.9, 0.9, 0.9, 0.9],
  goesOn: always,
  given: never,
} as const;

function checkNumbers(weight: number): Kind {
  return { operator: '%', weight, operands: [0, 0, 0, 1, 1, 1], worked: never, goesOn: never, given: never };
}

const useful = ['+', '-'] as const;

export const quickstartTask: Task = {
  version: 2,
  name: 'quickstart',
  seed: 2,
  domain: 'arithmetic',
  model: {
    hidden_size: 64,
    intermediate_size: 176,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    head_dim: 16,
    rope_theta: 100,
    rms_norm_eps: 1e-6,
    max_position_embeddings: 128,
    tie_word_embeddings: true,
    initializer_range: 0.1,
  },
  optimizer: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 },
  questionLossWeight: 0.1,
  stages: [
    {
      name: 'skill',
      steps: 3200,
      rows: 20,
      rowTokens: 128,
      learningRate: { peak: 2e-3, final: 6e-4, warmupSteps: 100 },
      textbookShare: 0.5,
      textbook: [
        ...useful.map((operator) => ({ operator, ...textbook, operands: [5, 12, 16, 19, 22, 26] })),
        checkNumbers(0.3),
      ],
      exam: [
        ...useful.map((operator) => ({
          operator,
          weight: 1,
          operands: always,
          worked: [1, 1, 0.1, 0.01, 0.0002, 0.00001],
          goesOn: always,
          given: never,
        })),
        checkNumbers(0.3),
      ],
    },
    {
      name: 'habit',
      steps: 1400,
      rows: 20,
      rowTokens: 128,
      learningRate: { peak: 1e-3, final: 0, warmupSteps: 20 },
      textbookShare: 0.4,
      textbook: [
        ...useful.map((operator) => ({ operator, ...textbook, operands: [51, 41, 4, 2.3, 1, 0.4] })),
        ...useful.map((operator) => ({
          operator,
          ...textbook,
          operands: [5, 10, 20, 25, 25, 15],
          questionLossWeight: 0,
        })),
        checkNumbers(1.2),
      ],
      exam: [
        ...useful.map((operator) => ({
          operator,
          weight: 1,
          operands: [10, 12, 12, 22, 22, 22],
          worked: [1, 1, 0.6, 0.15, 0.1, 0.08],
          goesOn: [1, 1, 0.6, 0.3, 0.15, 0.1],
          given: [0, 0, 0.2, 0.5, 0.5, 0.5],
        })),
        checkNumbers(0.5),
      ],
    },
  ],
  pool: useful.map((operator) => ({ operator, operands: 6, count: 240 })),
  curated: useful.flatMap((operator) => [2, 3, 4, 5].map((operands) => ({ operator, operands, count: 32 }))),
};
