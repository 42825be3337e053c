/** Completions as answers: each ends before the first stop text, and its tokens with the one that completes it. */
import { stopAt, tokensToStop, upToStop } from '@soar/prompts';
import type { Completion } from '@soar/runtime';
import type { Tokenizer } from '@soar/tokenizer';

/** A completion and its text. */
export interface AnswerText extends Completion {
  /** Without special tokens and without what a stop text begins. */
  readonly text: string;
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
export function answerOf(completion: Completion, tokenizer: Tokenizer, stop: readonly string[]): AnswerText {
  const { tokens, logprobs, stopped } = completion;
  const textOf = (count: number): string =>
    tokenizer.decode([...tokens.subarray(0, count)], { skipSpecialTokens: true });
  const text = textOf(tokens.length);
  if (stopAt(text, stop) < 0) return { tokens, logprobs, stopped, text };
  const count = tokensToStop(tokens, stop, textOf);
  return {
    tokens: tokens.slice(0, count),
    logprobs: logprobs.slice(0, count),
    stopped: true,
    text: upToStop(text, stop),
  };
}
