/**
 * Teacher rollouts in batches, each at an address of its own, so that a batch is the same wherever and whenever it is
 * sampled.
 *
 * A batch's size and address follow from the request alone: batch b draws from `<path>/<b>`. How many batches are under
 * way at a time follows from what came back so far and changes only how long it takes: they are read in order of
 * address.
 */
import type {
  Completion,
  GenerateRequestSchema,
  GenerateResponse,
  MessageInitShape,
  ProposeRequest,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { answerPart, type AskedDomain } from '@soar/domains';
import { MESSAGE_BYTES_MAX, type HandlerContext } from '@soar/grpc-kit';
import { teacherPrompt } from '@soar/prompts';
import { onBehalfOf, orUntil, whileOverloaded, type Clients } from './clients.js';
import { answerTurns, joined } from './two-turns.js';

/** Rollouts of a batch, where its answer fits in a message. */
const BATCH_ROLLOUTS_MAX = 64;
const BATCHES_IN_FLIGHT_MAX = 8;
/**
 * Share of well-formed rollouts that is reckoned with at least, so that a bad start does not ask for everything at
 * once.
 */
const ACCEPTANCE_MIN = 0.05;
/** Bytes of a token in a message, at most: id, log-probability, and text. */
const BYTES_PER_TOKEN = 12;
/** What a second turn adds: its own tokens, and a prompt that is reckoned to be as long again. */
const TURNS_MOST = 3;

/** Bytes of a rollout in a message, at most. */
export function bytesOfRollout({ sampling, answerPrompt }: RolloutRequest): number {
  return sampling!.maxNewTokens * BYTES_PER_TOKEN * (answerPrompt === undefined ? 1 : TURNS_MOST);
}

/** What rollouts are sampled by. */
export type RolloutRequest = Pick<
  ProposeRequest,
  'checkpoint' | 'sampling' | 'random' | 'prompt' | 'answerPrompt' | 'compute' | 'domainDefinition'
>;

/** What a second turn says, and the prompt that it saw. */
export interface SecondTurn extends Completion {
  readonly promptTokenIds: readonly number[];
}

/** A rollout and what came of it. */
export interface JudgedRollout {
  readonly completion: Completion;
  /** Where the teacher has two turns. */
  readonly answerTurn?: SecondTurn;
  readonly outcome:
    | { readonly ok: true; readonly question: string; readonly answer: string }
    | { readonly ok: false; readonly reason: string };
}

export interface JudgedBatch {
  readonly rollouts: readonly JudgedRollout[];
  /** The prompt as the model saw it. */
  readonly promptTokenIds: readonly number[];
}

/** Batch size for `wanted` rollouts; a function of the request alone. */
function batchRollouts(wanted: number, request: RolloutRequest): number {
  const fits = Math.floor((0.9 * MESSAGE_BYTES_MAX) / bytesOfRollout(request));
  return Math.max(1, Math.min(BATCH_ROLLOUTS_MAX, wanted, fits));
}

/**
 * Judged batches in order of address, until `rolloutsMax` rollouts are sampled or the caller stops. The share of
 * well-formed rollouts so far decides how many batches are requested ahead.
 */
export async function* judgedBatches(
  clients: Clients,
  domain: AskedDomain,
  request: RolloutRequest,
  wanted: number,
  rolloutsMax: number,
  context: HandlerContext,
): AsyncGenerator<JudgedBatch> {
  const size = batchRollouts(wanted, request);
  const stopped = new AbortController();
  const signal = AbortSignal.any([context.signal, stopped.signal]);
  const underWay: Promise<JudgedBatch>[] = [];
  let asked = 0; // rollouts
  let read = 0;
  let accepted = 0;
  try {
    for (;;) {
      const acceptance = read === 0 ? 1 : Math.max(ACCEPTANCE_MIN, accepted / read);
      const ahead = Math.min(BATCHES_IN_FLIGHT_MAX, Math.ceil((wanted - accepted) / (acceptance * size)));
      while (underWay.length < ahead && asked < rolloutsMax) {
        const count = Math.min(size, rolloutsMax - asked);
        const batch = judge(clients, domain, request, asked / size, count, context, signal);
        batch.catch(() => undefined); // it is awaited below, in its turn
        underWay.push(batch);
        asked += count;
      }
      const next = underWay.shift();
      if (next === undefined) return;
      const batch = await next;
      read += batch.rollouts.length;
      accepted += batch.rollouts.filter(({ outcome }) => outcome.ok).length;
      yield batch;
    }
  } finally {
    stopped.abort(new UserError('teacher: the batch is not needed any more', 'CANCELLED'));
  }
}

/** Samples batch `index` and reads it: by the domain's parser first, then the stated answers by the verifier. */
async function judge(
  clients: Clients,
  domain: AskedDomain,
  request: RolloutRequest,
  index: number,
  count: number,
  context: HandlerContext,
  signal: AbortSignal,
): Promise<JudgedBatch> {
  const { random, prompt, answerPrompt, domainDefinition } = request;
  const path = random!.path === '' ? String(index) : `${random!.path}/${index}`;
  const { text, messages, stop } = teacherPrompt(domain, prompt);
  const options = { ...onBehalfOf(context), signal };
  const first = {
    ...(text !== undefined && { prompts: [text] }),
    ...(messages && { chats: [{ messages: [...messages] }] }),
    stop: [...stop],
    samplesPerPrompt: count,
  };
  const { completions, promptTokenIds } = await sample(clients, request, first, path, count, options);
  const written = completions.map((completion) => answerPart(completion.text));
  let second: readonly SecondTurn[] = [];
  if (answerPrompt !== undefined) {
    const asked = { ...answerTurns(prompt!, answerPrompt, written), samplesPerPrompt: 1 };
    const answered = await sample(clients, request, asked, `${path}/answers`, count, options);
    second = answered.completions.map((completion, i) => ({
      ...completion,
      promptTokenIds: answered.promptTokenIds[i]!.ids,
    }));
  }
  const read = written.map((text, i) =>
    domain.parseProposal(second[i] ? joined(domain, text, answerPart(second[i].text)) : text),
  );
  const answers = read.flatMap((proposal) => (proposal.ok ? [proposal.answer] : []));
  const stated = { domain: domain.name, answers, ...(domainDefinition && { domainDefinition }) };
  const parsed =
    answers.length === 0
      ? []
      : (await whileOverloaded(() => clients.verifier.parseAnswer(stated, options), signal)).answers;
  let at = 0;
  const rollouts = read.map((proposal, i): JudgedRollout => {
    const sampled = { completion: completions[i]!, ...(second[i] && { answerTurn: second[i] }) };
    if (!proposal.ok) return { ...sampled, outcome: proposal };
    const answer = parsed[at++];
    const outcome =
      answer?.parsed === true
        ? fitting(proposal)
        : { ok: false as const, reason: `answer: ${answer?.reason}` };
    return { ...sampled, outcome };
  });
  return { rollouts, promptTokenIds: promptTokenIds[0]!.ids };
}

/** `count` completions, one for each prompt or all of one. */
async function sample(
  { trainers }: Clients,
  { checkpoint, sampling, random, compute }: RolloutRequest,
  asked: Omit<MessageInitShape<typeof GenerateRequestSchema>, '$typeName'>,
  path: string,
  count: number,
  options: Parameters<typeof orUntil>[0],
): Promise<GenerateResponse> {
  const generate = {
    ...asked,
    checkpoint: checkpoint!,
    sampling: sampling!,
    random: { seed: random!.seed, path },
    ...(compute && { compute }),
  };
  const response = await trainers.use(path, (trainer, lost) =>
    trainer.generate(generate, orUntil(options, lost)),
  );
  const { completions, promptTokenIds } = response;
  const prompts = asked.samplesPerPrompt === 1 ? count : 1;
  if (completions.length === count && promptTokenIds.length === prompts) return response;
  throw new UserError(
    `trainer at ${trainers.address}: Generate: expected ${count} completions of ${prompts} prompts, ` +
      `got ${completions.length} of ${promptTokenIds.length}`,
    'INTERNAL',
  );
}

/** What a problem may hold (soar.common.v1.Problem). */
const QUESTION_BYTES_MAX = 32768;
const ANSWER_BYTES_MAX = 4096;

function fitting(proposal: { ok: true; question: string; answer: string }): JudgedRollout['outcome'] {
  if (Buffer.byteLength(proposal.question) > QUESTION_BYTES_MAX)
    return { ok: false, reason: 'the question is too long' };
  if (Buffer.byteLength(proposal.answer) > ANSWER_BYTES_MAX)
    return { ok: false, reason: 'the answer is too long' };
  return proposal;
}
