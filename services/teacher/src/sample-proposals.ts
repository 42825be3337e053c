/** What a teacher writes: rollouts as Propose draws them, each with what it says or why it is not well-formed. */
import type {
  MessageInitShape,
  SampleProposalsRequest,
  SampleProposalsResponseSchema,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { askedDomain } from '@soar/domains';
import { MESSAGE_BYTES_MAX, type HandlerContext } from '@soar/grpc-kit';
import type { Clients } from './clients.js';
import { bytesOfRollout, judgedBatches, type JudgedRollout } from './rollout-batches.js';
import { checkTurns } from './two-turns.js';

type Response = MessageInitShape<typeof SampleProposalsResponseSchema>;
type Sampled = NonNullable<Response['proposals']>[number];

export async function sampleProposals(
  request: SampleProposalsRequest,
  clients: Clients,
  context: HandlerContext,
): Promise<Response> {
  const domain = askedDomain(request.domain, request.domainDefinition);
  const { rollouts } = request;
  const { maxNewTokens } = request.sampling!;
  checkTurns(request.prompt, request.answerPrompt);
  const bytes = rollouts * bytesOfRollout(request);
  if (bytes > MESSAGE_BYTES_MAX) {
    throw new UserError(
      `sample proposals: rollouts: ${rollouts} of up to ${maxNewTokens} tokens may need ${bytes} bytes in one ` +
        `message of at most ${MESSAGE_BYTES_MAX}; request fewer or shorter ones`,
      'INVALID_ARGUMENT',
      'rollouts',
    );
  }
  const proposals: Sampled[] = [];
  let promptTokenIds: readonly number[] = [];
  for await (const batch of judgedBatches(clients, domain, request, rollouts, rollouts, context)) {
    promptTokenIds = batch.promptTokenIds;
    for (const rollout of batch.rollouts) proposals.push(sampled(rollout, proposals.length));
  }
  return { proposals, promptTokenIds: [...promptTokenIds] };
}

function sampled({ completion, answerTurn, outcome }: JudgedRollout, index: number): Sampled {
  const turns = [completion, ...(answerTurn ? [answerTurn] : [])];
  const written = {
    text: turns.map(({ text }) => text).join('\n'),
    tokens: turns.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0),
  };
  if (!outcome.ok) return { ...written, reason: outcome.reason };
  const { question, answer } = outcome;
  return { ...written, problem: { id: String(index), question, answer } };
}
