/**
 * POST /v1/completions: prompts as they are, texts or tokens, and with `echo` what the model makes of them. With
 * `max_tokens` 0 nothing is drawn.
 */
import type { ScoredToken } from '@soar/contracts';
import type { Endpoint } from './endpoint.js';
import { invalid, unsupported } from './errors.js';
import { Fields } from './fields.js';
import { type Asked, LIKELY_MAX, readAsked, refuseRest, TOKENS_MAX } from './parameters.js';
import { type Prompts, readPrompts } from './prompts.js';
import type { Answer } from './whole-answers.js';

interface CompletionRequest extends Asked {
  readonly prompts: Prompts;
  /** Whether the text begins with the prompt, and log-probabilities with those of its tokens. */
  readonly echo: boolean;
}

/** As in OpenAI's API. */
const TOKENS_DEFAULT = 16;

export const completions: Endpoint<CompletionRequest> = {
  prefix: 'cmpl-',
  object: 'text_completion',
  chunkObject: 'text_completion',
  read(body) {
    const fields = new Fields(body);
    const prompts = readPrompts(fields.any('prompt'));
    const tokens = fields.integer('max_tokens', { min: 0, max: TOKENS_MAX }) ?? TOKENS_DEFAULT;
    const logprobs = fields.integer('logprobs', { min: 0, max: LIKELY_MAX });
    const echo = fields.flag('echo');
    const asked = readAsked(fields, tokens, logprobs);
    refuseRest(fields);
    if (tokens === 0 && !echo) throw invalid('max_tokens', 'at least 1, or echo', 0);
    if (asked.stream && echo) throw unsupported('echo', 'a stream has no prompts; leave out stream');
    return { ...asked, prompts, echo };
  },
  prompts: ({ prompts }) => prompts,
  reads: ({ prompts, echo }) => echo && 'tokens' in prompts,
  choice(answer, request) {
    const { index, finishReason } = answer;
    const prompt = request.echo ? promptText(answer, request) : '';
    return {
      index,
      text: prompt + answer.text,
      logprobs: request.logprobs === undefined ? null : logprobsOf(answer, request, prompt),
      finish_reason: finishReason,
    };
  },
  first: () => undefined,
  pieces({ index, text, tokenText, logprob, textOffset, finishReason }, { logprobs }) {
    if (text === '' && logprobs === undefined && finishReason === undefined) return [];
    const own = {
      tokens: [tokenText],
      token_logprobs: [logprob],
      top_logprobs: null,
      text_offset: [textOffset],
    };
    return [
      { index, text, logprobs: logprobs === undefined ? null : own, finish_reason: finishReason ?? null },
    ];
  },
};

function promptText({ index, scored, promptTokens }: Answer, { prompts, n }: CompletionRequest): string {
  if ('texts' in prompts) return prompts.texts[Math.floor(index / n)]!;
  const { text, tokens } = scored!;
  const end = tokens[promptTokens]?.textOffset;
  return end === undefined ? text : [...text].slice(0, end).join('');
}

/** Of the answer's tokens, and with `echo` of the prompt's before them. */
function logprobsOf({ scored, promptTokens }: Answer, { echo, logprobs }: CompletionRequest, prompt: string) {
  const all = scored!.tokens;
  const tokens = echo ? all : all.slice(promptTokens);
  // Scored offsets begin with the prompt; a prompt that writes special tokens out is longer than its scored text.
  const begin = (all[promptTokens]?.textOffset ?? [...scored!.text].length) - [...prompt].length;
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => logprob ?? null),
    top_logprobs: logprobs === 0 ? null : tokens.map(likelyOf),
    text_offset: tokens.map(({ textOffset }) => Math.max(0, textOffset - begin)),
  };
}

/** Log-probabilities by the texts of tokens, most likely first, the token itself among them. */
function likelyOf({ text, logprob, top }: ScoredToken): Record<string, number> | null {
  if (logprob === undefined) return null;
  const found = new Map<string, number>();
  for (const each of [...top, { text, logprob }])
    if (!found.has(each.text)) found.set(each.text, each.logprob);
  return Object.fromEntries(found);
}
