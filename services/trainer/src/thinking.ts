/**
 * Thoughts with a budget. A reasoning model thinks between <think> and </think> before it answers. A thought that is
 * still open after so many tokens is cut there and closed, and the answer is drawn behind it: the model reads its text
 * once more, for these rows alone. What closes a thought is put in and not sampled, so it has no weight in a loss and
 * no log-probability. Which rows are cut depends on their first tokens alone, never on when they are looked at.
 *
 * As the thinking budget of Qwen3 (arXiv 2505.09388, section 4.3), but for its sentence that excuses the haste.
 */
import type { SamplingConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Completion, RolloutRequest } from '@soar/runtime';
import type { Tokenizer } from '@soar/tokenizer';
import { answerOf, endsAtStop, type AnswerText } from './answers.js';
import type { Model } from './checkpoints.js';

/** How long a thought may be, and what closes one that is longer. */
export interface ThinkBudget {
  readonly tokensMax: number;
  readonly closing: readonly number[];
}

const OPEN = '<think>';
const CLOSE = '</think>';
const CLOSING = `\n${CLOSE}\n\n`;
/** Below the address of a row whose thought was closed: its answer has random numbers of its own. */
const ANSWER = 'answer';

/** The budget of a request; undefined where it has none. Throws UserError where it leaves no room for an answer. */
export function thinkBudgetOf(
  { think, maxNewTokens }: SamplingConfig,
  { tokenizer }: Model,
): ThinkBudget | undefined {
  const { tokensMax = 0 } = think ?? {};
  if (tokensMax === 0) return undefined;
  const closing = tokenizer.encode(CLOSING, { bos: false });
  if (tokensMax + closing.length < maxNewTokens) return { tokensMax, closing };
  throw new UserError(
    `sampling.think.tokens_max: ${tokensMax} tokens of a thought and ${closing.length} that close it leave none of ` +
      `max_new_tokens (${maxNewTokens}) for an answer`,
    'INVALID_ARGUMENT',
    'sampling.think.tokens_max',
  );
}

type Sample = (request: RolloutRequest) => Promise<Completion[]>;
type Thinker = Pick<Model, 'tokenizer' | 'config'>;

/** The answers of a request's rows, each up to its stop text; thoughts are kept within `budget`. */
export async function drawAnswers(
  sample: Sample,
  request: RolloutRequest,
  model: Thinker,
  stop: readonly string[],
  budget: ThinkBudget | undefined,
): Promise<AnswerText[]> {
  const { tokenizer } = model;
  if (budget === undefined) {
    const drawn = await sample({ ...request, ...endsAtStop(tokenizer, stop) });
    return drawn.map((completion) => answerOf(completion, tokenizer, stop));
  }
  const drawn = await drawThoughts(sample, request, model, stop, budget);
  const answers = await drawBehind(sample, request, model, stop, budget, drawn);
  return drawn.map(({ completion, isCut }, i) =>
    answerOf(isCut ? closed(completion, answers.get(i), budget) : completion, tokenizer, stop),
  );
}

/** A row up to its end, or up to some token behind the budget if its thought is still open there. */
interface Drawn {
  readonly completion: Completion;
  readonly isCut: boolean;
}

async function drawThoughts(
  sample: Sample,
  request: RolloutRequest,
  { tokenizer }: Thinker,
  stop: readonly string[],
  { tokensMax }: ThinkBudget,
): Promise<Drawn[]> {
  const { prompts, rows, sampling } = request;
  const opened = prompts.map((prompt) => endsOpen(tokenizer, prompt));
  const stops = endsAtStop(tokenizer, stop).endsWith ?? (() => false);
  const all = new Array<Drawn>(rows.length);
  // One request for the prompts that open the thought, one for the others: what ends a row sees its tokens alone.
  for (const isOpened of [false, true]) {
    const own = rows.flatMap(({ prompt }, i) => (opened[prompt] === isOpened ? [i] : []));
    if (own.length === 0) continue;
    const isTooLong = (tokens: Int32Array): boolean =>
      isOpen(tokenizer, tokens, isOpened, sampling.stopIds, tokensMax);
    const endsWith = (tokens: Int32Array): boolean => stops(tokens) || isTooLong(tokens);
    const drawn = await sample({ ...request, rows: own.map((i) => rows[i]!), endsWith });
    drawn.forEach((completion, place) => {
      const { tokens } = completion;
      const isCut = !stops(tokens.subarray(0, tokensMax)) && isTooLong(tokens);
      all[own[place]!] = { completion, isCut };
    });
  }
  return all;
}

/** The answers behind the thoughts that were cut, by row; none where the model has no position left. */
async function drawBehind(
  sample: Sample,
  request: RolloutRequest,
  { tokenizer, config }: Thinker,
  stop: readonly string[],
  { tokensMax, closing }: ThinkBudget,
  drawn: readonly Drawn[],
): Promise<ReadonlyMap<number, Completion>> {
  const { prompts, rows, sampling } = request;
  const texts = drawn.flatMap(({ completion: { tokens }, isCut }, i) => {
    const text = isCut
      ? [...Array.from(prompts[rows[i]!.prompt]!), ...tokens.subarray(0, tokensMax), ...closing]
      : [];
    return isCut && text.length < config.maxPositionEmbeddings ? [{ i, text }] : [];
  });
  if (texts.length === 0) return new Map();
  const answers = await sample({
    ...request,
    prompts: texts.map(({ text }) => text),
    rows: texts.map(({ i }, prompt) => ({ prompt, path: `${rows[i]!.path}/${ANSWER}` })),
    sampling: { ...sampling, maxNewTokens: sampling.maxNewTokens - tokensMax - closing.length },
    ...endsAtStop(tokenizer, stop),
  });
  return new Map(texts.map(({ i }, place) => [i, answers[place]!]));
}

/** Whether a prompt ends inside a thought that its template opens. */
function endsOpen(tokenizer: Tokenizer, prompt: ArrayLike<number>): boolean {
  return tokenizer.decode(Array.from(prompt), { skipSpecialTokens: false }).trimEnd().endsWith(OPEN);
}

/** Whether the first `tokensMax` tokens are a thought without an end, and the row has not ended in them. */
function isOpen(
  tokenizer: Tokenizer,
  tokens: Int32Array,
  isOpened: boolean,
  stopIds: readonly number[],
  tokensMax: number,
): boolean {
  if (tokens.length < tokensMax) return false;
  if (tokens.length === tokensMax && stopIds.includes(tokens.at(-1)!)) return false;
  const head = tokenizer.decode([...tokens.subarray(0, tokensMax)], { skipSpecialTokens: false });
  return (isOpened || head.includes(OPEN)) && !head.includes(CLOSE);
}

/** A thought that was cut, what closes it, and the answer, if there was room for one. */
function closed(
  { tokens, logprobs }: Completion,
  answer: Completion | undefined,
  { tokensMax, closing }: ThinkBudget,
): Completion & Pick<AnswerText, 'inserted'> {
  const inserted = { begin: tokensMax, end: tokensMax + closing.length };
  const whole = inserted.end + (answer?.tokens.length ?? 0);
  const own = { tokens: new Int32Array(whole), logprobs: new Float32Array(whole) };
  own.tokens.set(tokens.subarray(0, tokensMax));
  own.logprobs.set(logprobs.subarray(0, tokensMax));
  own.tokens.set(closing, inserted.begin);
  if (answer !== undefined) {
    own.tokens.set(answer.tokens, inserted.end);
    own.logprobs.set(answer.logprobs, inserted.end);
  }
  return { ...own, stopped: answer?.stopped ?? false, inserted };
}
