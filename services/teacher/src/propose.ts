/**
 * Rejection sampling of proposals and their partition into datasets (paper, section 2.2 and Algorithm 1).
 *
 * The first g*n well-formed rollouts in order of their addresses are taken, n for each dataset in turn, so the result
 * does not depend on which batch was done first. A stated answer is kept as it was stated, right or wrong: only whether
 * it can be read is asked. Rejection does not bias the update (Proposition 1); see update.ts for what that takes.
 */
import type { DatasetSchema, MessageInitShape, ProposeRequest, ProposeResponseSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import { askedDomain } from '@soar/domains';
import { MESSAGE_BYTES_MAX, type HandlerContext } from '@soar/grpc-kit';
import { onPolicyViolations } from '@soar/rl';
import type { Clients } from './clients.js';
import { Rejections } from './rejections.js';
import { bytesOfRollout, judgedBatches, type SecondTurn } from './rollout-batches.js';
import { checkTurns } from './two-turns.js';

type Dataset = MessageInitShape<typeof DatasetSchema>;
type Proposal = NonNullable<Dataset['proposals']>[number];

/** Rollouts for each one wanted, where the request does not say. */
const ROLLOUTS_PER_WANTED = 50;
const ROLLOUTS_MAX = 1_000_000;
/** Rollouts after which a teacher is given up whose share of well-formed ones is too low. */
const JUDGED_AFTER = 512;
/**
 * The share that the default bound of rollouts allows for: a teacher below it would fail in any case, only much later.
 * One of 5 % is taken for one below it in 512 rollouts less than once in a thousand times.
 */
const WELL_FORMED_SHARE_MIN = 1 / ROLLOUTS_PER_WANTED;
/** What helps a teacher that does not write proposals. */
const ADVICE =
  'see what the teacher writes with "soar propose"; another prompt (teacher.prompt) or "soar finetune" may give it ' +
  'the form';

export async function propose(
  request: ProposeRequest,
  clients: Clients,
  context: HandlerContext,
): Promise<MessageInitShape<typeof ProposeResponseSchema>> {
  const domain = askedDomain(request.domain, request.domainDefinition);
  const { datasets: g, questionsPerDataset: n } = request;
  const wanted = g * n;
  const rolloutsMax = checkRequest(request, wanted);
  const shareMin = request.wellFormedShareMin ?? WELL_FORMED_SHARE_MIN;

  const rejections = new Rejections();
  const accepted: Proposal[] = [];
  let rolloutsSampled = 0;
  for await (const batch of judgedBatches(clients, domain, request, wanted, rolloutsMax, context)) {
    for (const { completion, answerTurn, outcome } of batch.rollouts) {
      rolloutsSampled++;
      if (!outcome.ok) {
        rejections.add(outcome.reason);
        continue;
      }
      const id = problemId(request.idPrefix, Math.floor(accepted.length / n), accepted.length % n);
      const problem = { id, question: outcome.question, answer: outcome.answer };
      const { tokenIds, logprobs, inserted } = completion;
      accepted.push({
        problem,
        tokenIds,
        logprobs,
        ...(inserted && { inserted }),
        ...(answerTurn && { answerTurn: turnOf(answerTurn) }),
      });
      if (accepted.length < wanted) continue;
      return {
        datasets: partition(accepted, g, n),
        promptTokenIds: [...batch.promptTokenIds],
        rolloutsSampled,
        rejections: rejections.toMap(),
      };
    }
    if (rolloutsSampled >= JUDGED_AFTER && accepted.length < shareMin * rolloutsSampled) {
      throw new UserError(
        `propose: ${accepted.length} of ${rolloutsSampled} rollouts ` +
          `(${percent(accepted.length / rolloutsSampled)}) were well-formed, less than ` +
          `well_formed_share_min (${percent(shareMin)}); rejected: ${rejections.describe()}; ${ADVICE}`,
        'RESOURCE_EXHAUSTED',
        'well_formed_share_min',
      );
    }
  }
  throw new UserError(
    `propose: ${accepted.length} of ${wanted} proposals were well-formed after ${rolloutsSampled} rollouts ` +
      `(rollouts_max); rejected: ${rejections.describe()}; ${ADVICE}`,
    'RESOURCE_EXHAUSTED',
    'rollouts_max',
  );
}

/** Checks what stands between fields, before any work. Returns the bound of rollouts. */
function checkRequest(request: ProposeRequest, wanted: number): number {
  const { sampling, rolloutsMax, prompt, answerPrompt } = request;
  const refuse = (field: string, what: string): never => {
    throw new UserError(`propose: ${field}: ${what}`, 'INVALID_ARGUMENT', field);
  };
  for (const { setting, message } of onPolicyViolations(sampling!)) refuse(`sampling.${setting}`, message);
  checkTurns(prompt, answerPrompt);
  if (rolloutsMax !== 0 && rolloutsMax < wanted) {
    refuse(
      'rollouts_max',
      `expected at least datasets * questions_per_dataset = ${wanted}, got ${rolloutsMax}`,
    );
  }
  const bytes = wanted * bytesOfRollout(request);
  if (bytes > MESSAGE_BYTES_MAX) {
    refuse(
      'questions_per_dataset',
      `${wanted} rollouts of up to ${sampling!.maxNewTokens} tokens may need ${bytes} bytes in one message of at ` +
        `most ${MESSAGE_BYTES_MAX}; request fewer or shorter ones`,
    );
  }
  return rolloutsMax === 0 ? Math.min(ROLLOUTS_MAX, ROLLOUTS_PER_WANTED * wanted) : rolloutsMax;
}

function turnOf({ promptTokenIds, tokenIds, logprobs, inserted }: SecondTurn): Proposal['answerTurn'] {
  return { promptTokenIds: [...promptTokenIds], tokenIds, logprobs, ...(inserted && { inserted }) };
}

function partition(accepted: readonly Proposal[], g: number, n: number): Dataset[] {
  return Array.from({ length: g }, (_, k) => ({ index: k, proposals: accepted.slice(k * n, (k + 1) * n) }));
}

function percent(share: number): string {
  return `${+(100 * share).toFixed(2)} %`;
}

function problemId(prefix: string, dataset: number, question: number): string {
  return `${prefix === '' ? '' : `${prefix}/`}${dataset}/${question}`;
}
