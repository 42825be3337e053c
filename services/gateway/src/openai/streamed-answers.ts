/**
 * Answers that are sent as they are drawn: a stream of the trainer for each. Each has the random numbers that it has
 * among whole answers, so the same seed gives the same texts.
 */
import { FinishReason } from '@soar/contracts';
import { UserError } from '@soar/core';
import { invalid } from './errors.js';
import { type Asked, STREAMS_MAX } from './parameters.js';
import { countOf, type Prompts } from './prompts.js';
import type { TrainerCalls } from './trainer-calls.js';

/** A token of an answer, and what it adds to the text. */
export interface Piece {
  readonly index: number;
  readonly text: string;
  readonly tokenText: string;
  readonly logprob: number;
  readonly textOffset: number;
  /** Set on the last one. */
  readonly finishReason?: 'stop' | 'length';
}

export interface TokenCounts {
  readonly promptTokens: number;
  readonly tokens: number;
}

/** Sends the pieces of all answers as they come; the first failure ends all of them. Returns what was counted. */
export async function streamAnswers(
  asked: Asked,
  prompts: Prompts,
  trainer: TrainerCalls,
  send: (piece: Piece) => Promise<void>,
): Promise<TokenCounts> {
  const count = countOf(prompts) * asked.n;
  if (count > STREAMS_MAX) throw invalid('n', `at most ${STREAMS_MAX} answers in a stream`, count);
  const ending = new AbortController();
  const counted = { promptTokens: 0, tokens: 0 };
  const answers = Array.from({ length: count }, async (_, index) => {
    try {
      for await (const piece of streamOne(asked, prompts, index, trainer, ending.signal)) {
        // A prompt counts once, however many answers it has.
        if (index % asked.n === 0) counted.promptTokens += piece.promptTokens;
        counted.tokens++;
        await send(piece);
      }
    } catch (error) {
      ending.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(answers);
  if (ending.signal.aborted) throw ending.signal.reason;
  return counted;
}

async function* streamOne(
  { checkpoint, n, sampling, random, stop }: Asked,
  prompts: Prompts,
  index: number,
  { client, options: { headers, signal, deadlineMs } }: TrainerCalls,
  ending: AbortSignal,
): AsyncGenerator<Piece & Pick<TokenCounts, 'promptTokens'>> {
  const address = { promptIndex: Math.floor(index / n), sampleIndex: index % n };
  const request = { checkpoint, ...promptOf(prompts, address.promptIndex), ...address };
  const options = { ...(headers && { headers }), signal: [signal, ending], idleMs: deadlineMs };
  let isWhole = false;
  for await (const token of client.streamGenerate(
    { ...request, sampling, random, stop: [...stop] },
    options,
  )) {
    const { text, tokenText, logprob, textOffset, promptTokens, finishReason } = token;
    isWhole = finishReason !== FinishReason.UNSPECIFIED;
    const reason = finishReason === FinishReason.STOP ? 'stop' : 'length';
    const piece = { index, text, tokenText, logprob, textOffset, promptTokens };
    yield isWhole ? { ...piece, finishReason: reason } : piece;
  }
  if (!isWhole) throw new UserError('the stream of the trainer ended before the answer did', 'UNAVAILABLE');
}

/** One of the prompts as StreamGenerateRequest has it. */
function promptOf(prompts: Prompts, index: number) {
  if ('chat' in prompts) return { chat: { messages: [...prompts.chat] } };
  if ('texts' in prompts) return { prompt: prompts.texts[index]! };
  return { promptTokenIds: { ids: [...prompts.tokens[index]!] } };
}
