/**
 * The teacher's policy update: every rollout of dataset X_k enters with A_k, unchanged, and one constant divisor.
 *
 * Rejected rollouts do not bias it while Proposition 1 of the paper holds: libs/rl/src/proposition-one.ts says when,
 * and what would void it is refused here. The trainer takes the summed log-probability of a rollout, without a ratio or
 * its clipping. Repeating a call with its id returns the first result; the trainer sees to that.
 */
import {
  KlPlacement,
  type MessageInitShape,
  type UpdateRequest,
  type UpdateResponseSchema,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { HandlerContext } from '@soar/grpc-kit';
import { propositionOneViolations } from '@soar/rl';
import { type Clients, onBehalfOf, orUntil } from './clients.js';

export async function update(
  request: UpdateRequest,
  { trainers }: Clients,
  context: HandlerContext,
): Promise<MessageInitShape<typeof UpdateResponseSchema>> {
  checkUpdate(request);
  const { promptTokenIds } = request;
  const rollouts = request.datasets.flatMap(({ proposals }, k) =>
    proposals.flatMap(({ tokenIds, inserted, answerTurn }) =>
      // The turns of a proposal add up to its log-probability.
      [{ promptTokenIds, tokenIds, inserted }, ...(answerTurn ? [answerTurn] : [])].map((turn) => ({
        promptTokenIds: turn.promptTokenIds,
        tokenIds: turn.tokenIds,
        advantage: request.advantages[k]!,
        ...(turn.inserted && { inserted: turn.inserted }),
      })),
    ),
  );
  const step = {
    id: request.id,
    base: request.checkpoint!,
    reference: request.reference!,
    rollouts,
    divisor: request.datasets.reduce((sum, { proposals }) => sum + proposals.length, 0),
    temperature: request.temperature,
    optimizer: request.optimizer!,
    ...(request.kl && { kl: request.kl }),
    ...(request.adapter && { adapter: request.adapter }),
    ...(request.random && { random: request.random }),
    ...(request.compute && { compute: request.compute }),
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
function checkUpdate({ datasets, advantages, kl }: UpdateRequest): void {
  const refuse = (field: string, what: string): never => {
    throw new UserError(`update: ${field}: ${what}`, 'INVALID_ARGUMENT', field);
  };
  datasets.forEach(({ index, proposals }, k) => {
    if (index !== k) refuse(`datasets[${k}].index`, `expected datasets in order, ${k} here, got ${index}`);
    const empty = proposals.findIndex(({ tokenIds }) => tokenIds.length === 0);
    if (empty >= 0)
      refuse(`datasets[${k}].proposals[${empty}].token_ids`, 'expected the sampled tokens, got none');
  });
  const asked = {
    klInReward: kl?.placement === KlPlacement.REWARD,
    rolloutsPerDataset: datasets.map(({ proposals }) => proposals.length),
    advantages,
  };
  for (const { setting, message } of propositionOneViolations(asked)) refuse(setting, message);
}
