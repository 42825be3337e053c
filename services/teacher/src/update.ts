/**
 * The teacher's policy update: every rollout of dataset X_k enters with A_k, unchanged, and one constant divisor.
 *
 * Proposition 1 of the paper: with accepted rollouts only, the gradient of the log acceptance probability is left out
 * of each term, and it cancels because the advantages of all rollouts sum to zero. So what would break that sum is
 * refused here: datasets of different sizes, and advantages that are not leave-one-out differences; a KL penalty inside
 * the reward is refused by the contract already. The trainer takes the summed log-probability of a rollout, without a
 * ratio or its clipping. Repeating a call with its id returns the first result; the trainer sees to that.
 */
import type { MessageInitShape, UpdateRequest, UpdateResponseSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { HandlerContext } from '@soar/grpc-kit';
import { type Clients, onBehalfOf, orUntil } from './clients.js';

/** Advantages sum to zero but for rounding: this share of their absolute sum. */
const SUM_TOLERANCE = 1e-6;

export async function update(
  request: UpdateRequest,
  { trainers }: Clients,
  context: HandlerContext,
): Promise<MessageInitShape<typeof UpdateResponseSchema>> {
  checkUpdate(request);
  const { promptTokenIds } = request;
  const rollouts = request.datasets.flatMap(({ proposals }, k) =>
    proposals.map(({ tokenIds }) => ({ promptTokenIds, tokenIds, advantage: request.advantages[k]! })),
  );
  const step = {
    id: request.id,
    base: request.checkpoint!,
    reference: request.reference!,
    rollouts,
    divisor: rollouts.length,
    temperature: request.temperature,
    optimizer: request.optimizer!,
    ...(request.kl === undefined ? {} : { kl: request.kl }),
    scheduleStep: request.scheduleStep,
    fencingToken: request.fencingToken,
  };
  const done = await trainers.use(step.id, (trainer, lost) =>
    trainer.updatePolicy(step, orUntil(onBehalfOf(context), lost)),
  );
  const { checkpoint, gradientNorm, learningRate, kl } = done;
  if (checkpoint === undefined) {
    throw new UserError(
      `trainer at ${trainers.address}: UpdatePolicy: expected a checkpoint, got none`,
      'INTERNAL',
    );
  }
  return { checkpoint, gradientNorm, learningRate, kl };
}

/** Checks what stands between fields, before any work. Throws UserError that names the field. */
function checkUpdate({ datasets, advantages }: UpdateRequest): void {
  const refuse = (field: string, what: string): never => {
    throw new UserError(`update: ${field}: ${what}`, 'INVALID_ARGUMENT', field);
  };
  if (advantages.length !== datasets.length) {
    refuse('advantages', `expected one for each of ${datasets.length} datasets, got ${advantages.length}`);
  }
  const size = datasets[0]!.proposals.length;
  datasets.forEach(({ index, proposals }, k) => {
    if (index !== k) refuse(`datasets[${k}].index`, `expected datasets in order, ${k} here, got ${index}`);
    if (proposals.length !== size) {
      refuse(`datasets[${k}]`, `expected ${size} proposals as in the first, got ${proposals.length}`);
    }
    const empty = proposals.findIndex(({ tokenIds }) => tokenIds.length === 0);
    if (empty >= 0)
      refuse(`datasets[${k}].proposals[${empty}].token_ids`, 'expected the sampled tokens, got none');
    if (!Number.isFinite(advantages[k]))
      refuse(`advantages[${k}]`, `expected a finite number, got ${advantages[k]}`);
  });
  const sum = advantages.reduce((total, advantage) => total + advantage, 0);
  const absolute = advantages.reduce((total, advantage) => total + Math.abs(advantage), 0);
  if (Math.abs(sum) > SUM_TOLERANCE * absolute) {
    refuse(
      'advantages',
      `expected leave-one-out advantages, which sum to 0 (Proposition 1), got a sum of ${sum}`,
    );
  }
}
