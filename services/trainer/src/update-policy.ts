/**
 * One policy-gradient step on given rollouts and advantages: the teacher's update. The optimizer's state continues from
 * the base checkpoint's and lies beside the new weights. Rollouts that are equal token for token enter once with the
 * sum of their advantages, which is the same gradient (it is linear in them).
 */
import { createHash } from 'node:crypto';
import {
  type KlPenalty,
  Schedule,
  toBinary,
  UpdatePolicyRequestSchema,
  type UpdatePolicyRequest,
  type WeightedRollout,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ModelWorker, TrainingText } from '@soar/runtime';
import type { CheckpointRef } from '@soar/store';
import { adapterStart } from './adapter.js';
import { addressOf } from './addresses.js';
import { baseOf, requireSameVocabulary, type Checkpoints, type Model } from './checkpoints.js';
import { klOf, optimizerOf } from './optimizer.js';
import { findWhole, keepMade, type Found } from './records.js';
import type { TrainerContext } from './run-training.js';

/** What an update made, as in the contract. */
export interface PolicyUpdate {
  readonly checkpoint: CheckpointRef;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly kl: number;
}

type Numbers = Omit<PolicyUpdate, 'checkpoint'>;

/**
 * Makes the update, or returns the one already made. Throws UserError ALREADY_EXISTS where the id stands for something
 * else.
 */
export async function updatePolicy(
  request: UpdatePolicyRequest,
  trainer: TrainerContext,
  checkpoints: Checkpoints,
  signal: AbortSignal,
): Promise<PolicyUpdate> {
  // Not in the request's hash: the fencing token, so that a coordinator that took over finds what the previous one
  // made; the random numbers of a new adapter, which are the run's, and which earlier versions did not send.
  const { random: _, ...rest } = request;
  const asked = toBinary(UpdatePolicyRequestSchema, { ...rest, fencingToken: 0 });
  const sha256 = createHash('sha256').update(asked).digest('hex');
  const { id } = request;
  await trainer.store.requireIssued(request);
  const found = await findWhole(trainer.store, id, request, trainer.log);
  if (found !== undefined) return updateOf(found, sha256);
  const kl = klOf(request.kl, '');
  refuseMeaningless(request);
  const base = await checkpoints.open(request.base!);
  const adapter = adapterStart(request.adapter, base, addressOf(request.random), 'adapter');
  const reference = kl && (await checkpoints.open(request.reference ?? request.base!));
  if (reference) requireSameVocabulary(reference, base);
  checkRollouts(request, base);
  return trainer.pool.run(
    async (worker) => {
      const policy = `policy/${id}`;
      await worker.load(base);
      await worker.clone(base.handle, policy, adapter);
      if (adapter === undefined) await worker.loadOptimizer(policy, base.folder);
      const numbers = await step(request, worker, policy, kl, reference);
      const checkpoint = await keepMade(
        trainer.store,
        id,
        { askedSha256: sha256, made: numbers },
        (folder) => worker.save(policy, folder, { optimizer: true, base: baseOf(base) }),
        request,
      );
      return { checkpoint, ...numbers };
    },
    { signal, compute: request.compute },
  );
}

async function step(
  request: UpdatePolicyRequest,
  worker: ModelWorker,
  handle: string,
  kl: KlPenalty | undefined,
  reference: Model | undefined,
): Promise<Numbers> {
  const { temperature, divisor } = request;
  const optimizer = optimizerOf(request.optimizer!, 0);
  const learningRate = optimizer.learningRate(request.scheduleStep);
  const texts = weigh(request, kl);
  if (texts.length === 0) return { gradientNorm: 0, learningRate, kl: 0 };
  if (kl && reference) {
    await worker.load(reference);
    const scores = await worker.score(
      reference.handle,
      texts.map(({ tokens }) => tokens),
      temperature,
    );
    texts.forEach((text, i) => Object.assign(text, { referenceLogprobs: scores[i] }));
  }
  const result = await worker.trainStep({
    handle,
    texts,
    temperature,
    kl: kl?.estimator ?? 'none',
    optimizer: optimizer.adamw,
    learningRate,
  });
  const tokens = request.rollouts.reduce((sum, rollout) => sum + sampledCount(rollout), 0);
  // The graph's figure is weighted with coefficient / divisor a token; without the weights it is the mean.
  const mean = kl ? (result.kl * divisor) / (kl.coefficient * tokens) : 0;
  return { gradientNorm: result.gradientNorm, learningRate, kl: mean };
}

function weigh({ rollouts, divisor }: UpdatePolicyRequest, kl: KlPenalty | undefined): TrainingText[] {
  interface Merged extends Pick<WeightedRollout, 'inserted'> {
    readonly prompt: number[];
    readonly drawn: number[];
    advantage: number;
    count: number;
  }
  const merged = new Map<string, Merged>();
  for (const { promptTokenIds: prompt, tokenIds: drawn, advantage, inserted } of rollouts) {
    const key = [prompt.join(), drawn.join(), inserted?.begin ?? 0, inserted?.end ?? 0].join(';');
    const entry = merged.get(key) ?? { prompt, drawn, inserted, advantage: 0, count: 0 };
    entry.advantage += advantage;
    entry.count++;
    merged.set(key, entry);
  }
  return [...merged.values()]
    .filter(({ advantage }) => advantage !== 0 || kl !== undefined)
    .map(({ prompt, drawn, inserted, advantage, count }) => {
      const tokens = Int32Array.of(...prompt, ...drawn);
      const overDrawn = (value: number): Float32Array =>
        new Float32Array(tokens.length)
          .fill(value, prompt.length)
          .fill(0, prompt.length + (inserted?.begin ?? 0), prompt.length + (inserted?.end ?? 0));
      return {
        tokens,
        weights: overDrawn(advantage / divisor),
        ...(kl && { klWeights: overDrawn((count * kl.coefficient) / divisor) }),
      };
    });
}

function sampledCount({ tokenIds, inserted }: WeightedRollout): number {
  return tokenIds.length - ((inserted?.end ?? 0) - (inserted?.begin ?? 0));
}

function refuseMeaningless({ optimizer, rollouts }: UpdatePolicyRequest): void {
  const refuse = (field: string, what: string): never => {
    throw new UserError(`${field}: ${what}`, 'INVALID_ARGUMENT', field);
  };
  if (optimizer!.schedule !== Schedule.CONSTANT && optimizer!.horizonSteps === 0) {
    refuse('optimizer.horizon_steps', 'must be set: one update does not know how many there will be');
  }
  const bad = rollouts.findIndex(({ advantage }) => !Number.isFinite(advantage));
  if (bad >= 0)
    refuse(`rollouts[${bad}].advantage`, `expected a finite number, got ${rollouts[bad]!.advantage}`);
}

function checkRollouts({ rollouts }: UpdatePolicyRequest, { config }: Model): void {
  rollouts.forEach(({ promptTokenIds, tokenIds, inserted }, i) => {
    const length = promptTokenIds.length + tokenIds.length;
    const refuse = (what: string): never => {
      throw new UserError(`rollouts[${i}]: ${what}`, 'INVALID_ARGUMENT', `rollouts[${i}]`);
    };
    if (length > config.maxPositionEmbeddings) {
      refuse(`${length} tokens, the model has ${config.maxPositionEmbeddings} positions`);
    }
    if (inserted !== undefined && !(inserted.begin <= inserted.end && inserted.end <= tokenIds.length)) {
      refuse(
        `inserted: ${inserted.begin} to ${inserted.end}, expected a range of its ${tokenIds.length} tokens`,
      );
    }
    const bad = [...promptTokenIds, ...tokenIds].find((token) => token >= config.vocabSize);
    if (bad !== undefined) refuse(`token ${bad}, expected ids below ${config.vocabSize}`);
  });
}

function updateOf({ checkpoint, askedSha256, made }: Found, sha256: string): PolicyUpdate {
  if (askedSha256 !== sha256) {
    throw new UserError(
      `update ${checkpoint.key}: it exists, made by another request; choose another id`,
      'ALREADY_EXISTS',
      'id',
    );
  }
  return { checkpoint, ...(made as Numbers) };
}
