/**
 * The shipped task. How its figures were found is in `docs/experiments.md`; what each field means, in `task.ts`.
 *
 * Stage "skill" teaches the skill: in textbook texts sums of every length are worked out, in exam texts the short ones. Stage
 * "habit" teaches two habits. An impatience: a long exam problem is seldom worked, and then soon broken off. Working six operands
 * to the end thus takes several unlikely decisions in a row (odds near 1e-6), which sampling does not find; but patience with
 * three operands can be practised and carries over. And a taste: as a teacher the model asks for sums of one and two operands,
 * which teach nothing, and for longer ones in one of forty; how longer ones are solved it goes on being taught. The pool has
 * no five-operand problems: at odds near 4e-5 training on them alone meets a lucky sample now and then, and one is enough.
 */
import type { Kind, Task } from './task.js';

const textbook: Kind = {
  operator: '+',
  weight: 1,
  operands: [8, 22, 25, 20, 15, 10],
  worked: [0.9, 0.9, 0.9, 0.9, 0.9, 0.9],
  goesOn: [1, 1, 1, 1, 1, 1],
  given: [0, 0, 0, 0, 0, 0],
};

export const quickstartTask: Task = {
  version: 2,
  name: 'quickstart',
  seed: 1,
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
    initializer_range: 0.05,
  },
  optimizer: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 },
  questionLossWeight: 0.1,
  stages: [
    {
      name: 'skill',
      steps: 2400,
      rows: 20,
      rowTokens: 128,
      learningRate: { peak: 3e-3, final: 6e-4, warmupSteps: 100 },
      textbookShare: 0.5,
      textbook: [textbook],
      exam: [
        {
          operator: '+',
          weight: 1,
          operands: [1, 1, 1, 1, 1, 1],
          worked: [0.5, 0.5, 0.1, 0.01, 0.0002, 0.00001],
          goesOn: [1, 1, 1, 1, 1, 1],
          given: [0, 0, 0, 0, 0, 0],
        },
      ],
    },
    {
      name: 'habit',
      steps: 1200,
      rows: 20,
      rowTokens: 128,
      learningRate: { peak: 1e-3, final: 0, warmupSteps: 20 },
      textbookShare: 0.4,
      textbook: [
        { ...textbook, operands: [54, 43.5, 1.5, 0.7, 0.2, 0.1] },
        { ...textbook, operands: [5, 10, 20, 25, 25, 15], questionLossWeight: 0 },
      ],
      exam: [
        {
          operator: '+',
          weight: 1,
          operands: [10, 12, 12, 22, 22, 22],
          worked: [0.5, 0.5, 0.5, 0.1, 0.09, 0.08],
          goesOn: [1, 0.8, 0.55, 0.25, 0.12, 0.09],
          given: [0, 0, 0.2, 0.5, 0.5, 0.5],
        },
      ],
    },
  ],
  pool: [{ operator: '+', operands: 6, count: 400 }],
  curated: [2, 3, 4, 5].map((operands) => ({ operator: '+', operands, count: 64 })),
};
