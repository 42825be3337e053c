/**
 * One call of an OpenAI-compatible endpoint (POST .../chat/completions). What it replies is hostile until read: nothing
 * of it is trusted but the text of a message and two counts. Bounds and the key are in call.ts.
 */
import { UserError } from '@soar/core';
import { type CallOptions, oneLine, post } from './call.js';
import type { JudgeSettings } from './settings.js';

/** What came back. */
export interface Reply {
  readonly text: string;
  /** Whether the model or the endpoint refused to answer. */
  readonly refused: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const REPLY_BYTES_MAX = 1024 * 1024;
const TOKENS_MAX = 10_000_000;

/** The reply to `prompt`. Throws UserError as `post` does. */
export async function complete(
  { url, model, maxTokens, timeoutMs }: JudgeSettings,
  prompt: string,
  options: CallOptions,
): Promise<Reply> {
  const endpoint = {
    who: 'judge',
    check: 'check judge.url, judge.model and SOAR_JUDGE_KEY',
    url,
    timeoutMs,
    bytesMax: REPLY_BYTES_MAX,
  };
  const messages = [{ role: 'user', content: prompt }];
  const body = { model, messages, temperature: 0, max_tokens: maxTokens };
  return post(endpoint, body, (text) => readReply(text, url), options);
}

interface Completion {
  readonly choices?: readonly {
    readonly message?: { readonly content?: unknown; readonly refusal?: unknown };
    readonly finish_reason?: unknown;
  }[];
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown };
}

function readReply(body: string, url: URL): Reply {
  let read: Completion;
  try {
    read = JSON.parse(body) as Completion;
  } catch {
    throw new UserError(`judge at ${url.origin}: a reply that is not JSON: ${oneLine(body)}`, 'UNAVAILABLE');
  }
  const choice = Array.isArray(read?.choices) ? read.choices[0] : undefined;
  const message = choice?.message;
  const text = typeof message?.content === 'string' ? message.content : '';
  const refused =
    (typeof message?.refusal === 'string' && message.refusal !== '') ||
    choice?.finish_reason === 'content_filter';
  return {
    text,
    refused,
    inputTokens: countOf(read?.usage?.prompt_tokens),
    outputTokens: countOf(read?.usage?.completion_tokens),
  };
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX
    ? value
    : 0;
}
