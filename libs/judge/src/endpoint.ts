/**
 * One call of an OpenAI-compatible endpoint (POST .../chat/completions), bounded in time, attempts and bytes. What it
 * replies is hostile until read: nothing of it is trusted but the text of a message and two counts.
 *
 * The key is in one header of the request. It is cut out of every text that comes back, should an endpoint echo it, and
 * no redirect is followed, so that it goes where the user said and nowhere else.
 */
import { type Clock, messageOf, Overloaded, retry, UserError } from '@soar/core';
import type { JudgeSettings } from './settings.js';

/** What came back. */
export interface Reply {
  readonly text: string;
  /** Whether the model or the endpoint refused to answer. */
  readonly refused: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface EndpointOptions {
  readonly key: string | undefined;
  readonly signal?: AbortSignal;
  /** For the waits between attempts. Default: the system clock. */
  readonly clock?: Clock;
  /** Called for every attempt after the first one. */
  readonly onRetry?: () => void;
}

const ATTEMPTS_MAX = 4;
const FIRST_WAIT_MS = 1_000;
const WAIT_MS_MAX = 30_000;
const REPLY_BYTES_MAX = 1024 * 1024;
const ERROR_CHARS_MAX = 200;
const TOKENS_MAX = 10_000_000;

/**
 * The reply to `prompt`. Throws UserError: DEADLINE_EXCEEDED when every attempt was late, UNAVAILABLE when the endpoint
 * is away or busy, FAILED_PRECONDITION when it will never answer (wrong key, model or address).
 */
export function complete(
  settings: JudgeSettings,
  prompt: string,
  { key, signal, clock, onRetry }: EndpointOptions,
): Promise<Reply> {
  const policy = {
    attemptsMax: ATTEMPTS_MAX,
    firstWaitMs: FIRST_WAIT_MS,
    waitMsMax: WAIT_MS_MAX,
    isTransient: (error: unknown) =>
      error instanceof UserError && (error.reason === 'UNAVAILABLE' || error.reason === 'DEADLINE_EXCEEDED'),
    ...(onRetry && { onWait: onRetry }),
    ...(signal && { signal }),
    ...(clock && { clock }),
  };
  return retry(policy, () => attempt(settings, prompt, key, signal));
}

async function attempt(
  { url, model, maxTokens, timeoutMs }: JudgeSettings,
  prompt: string,
  key: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({
        model,
        messages: [{ role: 'user', content: prompt }],
        temperature: 0,
        max_tokens: maxTokens,
      }),
    });
    const body = withoutKey(await bodyOf(response), key);
    if (!response.ok) throw statusError(response, body, url);
    return readReply(body, url);
  } catch (error) {
    if (error instanceof UserError) throw error;
    signal?.throwIfAborted();
    if (late.aborted) {
      throw new UserError(
        `judge at ${url.origin}: no reply within ${timeoutMs / 1000} s`,
        'DEADLINE_EXCEEDED',
      );
    }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UserError(
      `judge at ${url.origin}: not reachable: ${withoutKey(messageOf(cause), key)}`,
      'UNAVAILABLE',
    );
  }
}

/** The body as text, of bounded size. */
async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > REPLY_BYTES_MAX)
      throw new UserError(`judge: a reply of more than ${REPLY_BYTES_MAX} bytes`, 'FAILED_PRECONDITION');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function withoutKey(text: string, key: string | undefined): string {
  return key === undefined ? text : text.replaceAll(key, '[key]');
}

function statusError(response: Response, body: string, url: URL): UserError {
  const what = `judge at ${url.origin}: status ${response.status}: ${oneLine(messageIn(body))}`;
  if (response.status === 429 || response.status === 503) {
    const seconds = Number(response.headers.get('retry-after') ?? '1');
    const waitMs = Number.isFinite(seconds) ? Math.max(0, 1000 * seconds) : FIRST_WAIT_MS;
    return new Overloaded(what, Math.min(waitMs, WAIT_MS_MAX));
  }
  if (response.status >= 500 || response.status === 408) return new UserError(what, 'UNAVAILABLE');
  return new UserError(`${what}; check judge.url, judge.model and SOAR_JUDGE_KEY`, 'FAILED_PRECONDITION');
}

/** The message of an error body, or its text. */
function messageIn(body: string): string {
  try {
    const message = (JSON.parse(body) as { error?: { message?: unknown } }).error?.message;
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, ERROR_CHARS_MAX);
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
