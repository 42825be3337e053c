/**
 * Our RLOO against TRL's RLOOTrainer: three steps of two trainings on completions and rewards that TRL drew
 * (testdata/make_trl_fixture.py). TRL clips the ratio of whole sequences at 0.2; with one step a batch the ratio is 1,
 * so that the clip does nothing, and ours has none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  KlPlacement,
  OptimizerConfigSchema,
  KlConfigSchema,
  Schedule,
  create,
  Verdict,
} from '@soar/contracts';
import { ModelPool, runtimeSettings, type ModelWorker } from '@soar/runtime';
import { klOf, optimizerOf } from './optimizer.js';
import { advantagesOf, weigh, type Group } from './rollouts.js';

interface Step {
  readonly prompts: readonly (readonly number[])[];
  readonly completions: readonly (readonly number[])[];
  readonly rewards: readonly number[];
  /** ln p of each completion under the policy before the step. */
  readonly sequenceLogprobs: readonly number[];
  readonly advantages: readonly number[];
  readonly gradientNorm: number;
  readonly learningRate: number;
}

interface Training {
  readonly name: string;
  readonly learningRate: number;
  readonly settings: {
    readonly beta: number;
    readonly num_generations: number;
    readonly normalize_advantages: boolean;
  };
  readonly steps: readonly Step[];
  /** ln p of the last step's completions under the trained policy. */
  readonly finalSequenceLogprobs: readonly number[];
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { trainings } = JSON.parse(readFileSync(file('../testdata/trl-rloo.json'), 'utf8')) as {
  readonly trainings: readonly Training[];
};
const folder = file('../../../libs/model/testdata/tiny-llama');

const pool = new ModelPool(runtimeSettings({ workers: 1, memoryBytes: 2 ** 30 }));
after(() => pool.close());

/** Log-probabilities of each completion's tokens. */
async function scored(worker: ModelWorker, handle: string, step: Step): Promise<Float32Array[]> {
  const texts = step.prompts.map((prompt, i) => Int32Array.of(...prompt, ...step.completions[i]!));
  const scores = await worker.score(handle, texts, 1);
  return scores.map((score, i) => score.slice(score.length - step.completions[i]!.length));
}

function groupsOf(step: Step, size: number, policy: Float32Array[], reference: Float32Array[]): Group[] {
  return Array.from({ length: step.prompts.length / size }, (_, g) => {
    const rows = Array.from({ length: size }, (_, i) => g * size + i);
    return {
      prompt: step.prompts[g * size]!,
      completions: rows.map((row) => {
        const tokens = Int32Array.from(step.completions[row]!);
        return { tokens, logprobs: policy[row]!, stopped: true };
      }),
      grades: rows.map((row) => {
        const unused = {
          correct: false,
          ungraded: false,
          rule: '',
          extracted: '',
          verdict: Verdict.INCORRECT,
        };
        return { ...unused, reward: step.rewards[row]! };
      }),
      reference: rows.map((row) => reference[row]!),
    };
  });
}

const sum = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);

function close(own: readonly number[], theirs: readonly number[], tolerance: number, what: string): void {
  own.forEach((value, i) => {
    const off = Math.abs(value - theirs[i]!);
    assert.ok(
      off <= tolerance * Math.max(1, Math.abs(theirs[i]!)),
      `${what} ${i}: ${value}, TRL ${theirs[i]}`,
    );
  });
}

for (const { name, learningRate, settings, steps, finalSequenceLogprobs } of trainings)
  test(`with the settings of the preset trl, ${name}, three steps are those of TRL`, async () => {
    await pool.run(async (worker) => {
      await worker.load({ handle: 'base', folder });
      await worker.clone('base', name);
      const kl = klOf(
        create(KlConfigSchema, { coefficient: settings.beta, placement: KlPlacement.REWARD }),
        '',
      );
      const optimizer = optimizerOf(
        create(OptimizerConfigSchema, { learningRate, schedule: Schedule.LINEAR }),
        steps.length,
      );
      const loss = {
        kl,
        clipEpsilon: 0,
        normalise: settings.normalize_advantages ? 'batch' : undefined,
      } as const;
      for (const [i, step] of steps.entries()) {
        const policy = await scored(worker, name, step);
        close(policy.map(sum), step.sequenceLogprobs, 2e-5, `step ${i}: ln p of completion`);
        const groups = groupsOf(step, settings.num_generations, policy, await scored(worker, 'base', step));
        const advantages = advantagesOf(groups, loss);
        close(advantages.flat(), step.advantages, 1e-5, `step ${i}: advantage`);
        assert.ok(Math.abs(optimizer.learningRate(i) - step.learningRate) < 1e-12);
        const texts = groups.flatMap((group, g) => weigh(group, advantages[g]!, step.prompts.length, loss));
        const { gradientNorm } = await worker.trainStep({
          handle: name,
          texts,
          temperature: 1,
          kl: 'none',
          optimizer: optimizer.adamw,
          learningRate: optimizer.learningRate(i),
        });
        close([gradientNorm], [step.gradientNorm], 1e-4, `step ${i}: norm of the gradient`);
      }
      const trained = await scored(worker, name, steps.at(-1)!);
      close(trained.map(sum), finalSequenceLogprobs, 5e-5, 'trained: ln p of completion');
    });
  });
