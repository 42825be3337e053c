/** POST /v1/chat/completions: a chat through the model's own chat template. */
import type { LikelyToken } from '@soar/contracts';
import type { Endpoint } from './endpoint.js';
import { invalid, unsupported } from './errors.js';
import { Fields } from './fields.js';
import { type Asked, LIKELY_MAX, readAsked, refuseRest, TOKENS_MAX } from './parameters.js';
import { type Message, readMessages } from './prompts.js';

interface ChatRequest extends Asked {
  readonly messages: readonly Message[];
}

/** Where the request does not say: a page of text. The model's positions end an answer in any case. */
const TOKENS_DEFAULT = 1_024;

export const chats: Endpoint<ChatRequest> = {
  prefix: 'chatcmpl-',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  read(body) {
    const fields = new Fields(body);
    const messages = readMessages(fields.any('messages'));
    const asked = readAsked(fields, readTokens(fields), readLogprobs(fields));
    refuseRest(fields);
    return { ...asked, messages };
  },
  prompts: ({ messages }) => ({ chat: messages }),
  reads: () => false,
  choice({ index, text, finishReason, scored, promptTokens }, { logprobs }) {
    const tokens = logprobs === undefined ? undefined : scored?.tokens.slice(promptTokens);
    return {
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: tokens ? { content: tokens.map((token) => tokenOf(token, token.top)), refusal: null } : null,
      finish_reason: finishReason,
    };
  },
  first: (index) => choiceOf(index, { role: 'assistant', content: '' }),
  pieces({ index, text, tokenText, logprob, finishReason }, { logprobs }) {
    const content = logprobs === undefined ? undefined : [tokenOf({ text: tokenText, logprob }, [])];
    const isSent = text !== '' || content !== undefined;
    return [
      ...(isSent ? [choiceOf(index, { content: text }, content && { content, refusal: null })] : []),
      ...(finishReason === undefined ? [] : [choiceOf(index, {}, null, finishReason)]),
    ];
  },
};

function choiceOf(
  index: number,
  delta: object,
  logprobs: object | null = null,
  finishReason: string | null = null,
): object {
  return { index, delta, logprobs, finish_reason: finishReason };
}

function readTokens(fields: Fields): number {
  const range = { min: 1, max: TOKENS_MAX };
  const older = fields.integer('max_tokens', range);
  const newer = fields.integer('max_completion_tokens', range) ?? older;
  if (older !== undefined && older !== newer)
    throw invalid('max_completion_tokens', `${older}, which is max_tokens, or one of them alone`, newer);
  return newer ?? TOKENS_DEFAULT;
}

function readLogprobs(fields: Fields): number | undefined {
  const isAsked = fields.flag('logprobs');
  const top = fields.integer('top_logprobs', { min: 0, max: LIKELY_MAX });
  if (top !== undefined && top > 0 && !isAsked) throw unsupported('top_logprobs', 'it needs logprobs: true');
  return isAsked ? (top ?? 0) : undefined;
}

interface Token {
  readonly text: string;
  readonly logprob?: number | undefined;
}

function tokenOf(token: Token, likely: readonly LikelyToken[]): object {
  return { ...plainToken(token), top_logprobs: likely.map(plainToken) };
}

/** Of a token that is part of a character the bytes are not known here. */
function plainToken({ text, logprob }: Token): object {
  return { token: text, logprob, bytes: text.includes('\ufffd') ? null : [...Buffer.from(text)] };
}
