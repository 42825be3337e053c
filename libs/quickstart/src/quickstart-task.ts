/**
 * The shipped task. How its figures were found is in `docs/experiments.md`; what each field means, in `task.ts`.
 *
 * Stage "skill" teaches the skill and both forms of text: in textbook texts sums of every length are worked out, in exam
 * texts only short ones. Stage "habit" is short and lowers the odds that a long exam problem is worked out until sampling
 * hardly ever finds it: the skill is then latent, the hard problems are 0 of 128, and a student has to be led to them.
 */
import type { Mixture, Task } from './task.js';

const textbook: Mixture = {
  operands: [8, 22, 25, 20, 15, 10],
  worked: [0.7, 0.7, 0.7, 0.7, 0.7, 0.7],
};

export const quickstartTask: Task = {
  version: 1,
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
      rows: 32,
      rowTokens: 80,
      learningRate: { peak: 3e-3, final: 6e-4, warmupSteps: 100 },
      textbookShare: 0.5,
      textbook,
      exam: { operands: [1, 1, 1, 1, 1, 1], worked: [0.5, 0.5, 0.1, 0.01, 0.0002, 0.00001] },
    },
    {
      name: 'habit',
      steps: 800,
      rows: 32,
      rowTokens: 80,
      learningRate: { peak: 6e-4, final: 0, warmupSteps: 20 },
      textbookShare: 0.35,
      textbook,
      exam: { operands: [10, 12, 12, 22, 22, 22], worked: [0.5, 0.5, 0.1, 0.0003, 0, 0] },
    },
  ],
  pool: [
    { operands: 4, count: 160 },
    { operands: 5, count: 160 },
    { operands: 6, count: 160 },
  ],
};
