/** Completions as answers: each ends before the first stop text, and its tokens with the one that completes it. */
import { stopAt, tokensToStop, upToStop } from '@soar/prompts';
import type { Completion } from '@soar/runtime';
import type { Tokenizer } from '@soar/tokenizer';

/** Part of a completion's tokens. */
export interface Inserted {
  readonly begin: number;
  readonly end: number;
}

/** A completion and its text. */
export interface AnswerText extends Completion {
  /** Without special tokens and without what a stop text begins. */
  readonly text: string;
  /** Tokens that were put in and not sampled (thinking.ts); absent: none. */
  readonly inserted?: Inserted;
}

/** For a request whose rows end where a stop text is met; nothing where there is none. */
export function endsAtStop(
  tokenizer: Tokenizer,
  stop: readonly string[],
): { readonly endsWith?: (tokens: Int32Array) => boolean } {
  if (stop.length === 0) return {};
  return {
    endsWith: (tokens) => stopAt(tokenizer.decode([...tokens], { skipSpecialTokens: true }), stop) >= 0,
  };
}

/** `completion` up to the first of `stop`: no token behind it counts, none is trained on. */
export function answerOf(
  completion: Completion & Pick<AnswerText, 'inserted'>,
  tokenizer: Tokenizer,
  stop: readonly string[],
): AnswerText {
  const { tokens, logprobs, stopped, inserted } = completion;
  const textOf = (count: number): string =>
    tokenizer.decode([...tokens.subarray(0, count)], { skipSpecialTokens: true });
  const text = textOf(tokens.length);
  if (stopAt(text, stop) < 0) return { tokens, logprobs, stopped, text, ...(inserted && { inserted }) };
  const count = tokensToStop(tokens, stop, textOf);
  return {
    tokens: tokens.slice(0, count),
    logprobs: logprobs.slice(0, count),
    stopped: true,
    text: upToStop(text, stop),
    ...(inserted && {
      inserted: { begin: Math.min(inserted.begin, count), end: Math.min(inserted.end, count) },
    }),
  };
}
