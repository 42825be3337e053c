/**
 * A POST of JSON to an OpenAI-compatible endpoint, bounded in time, attempts and bytes.
 *
 * The key is in one header of the request. It is cut out of every text that comes back, should an endpoint echo it, and
 * no redirect is followed, so that it goes where the user said and nowhere else.
 */
import { type Clock, messageOf, Overloaded, retry, UserError } from '@soar/core';

export interface Endpoint {
  /** What it is, in messages: `judge`. */
  readonly who: string;
  /** What to do where it will never answer. */
  readonly check: string;
  readonly url: URL;
  /** Deadline of one attempt. */
  readonly timeoutMs: number;
  /** Most bytes of a reply. */
  readonly bytesMax: number;
}

export interface CallOptions {
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
const ERROR_CHARS_MAX = 200;

/**
 * What `read` makes of the reply. Throws UserError: DEADLINE_EXCEEDED when every attempt was late, UNAVAILABLE when the
 * endpoint is away, busy or replies nonsense, FAILED_PRECONDITION when it will never answer (wrong key, model or
 * address).
 */
export function post<T>(
  endpoint: Endpoint,
  body: object,
  read: (text: string) => T,
  { key, signal, clock, onRetry }: CallOptions,
): Promise<T> {
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
  return retry(policy, async () => read(await attempt(endpoint, body, key, signal)));
}

async function attempt(
  endpoint: Endpoint,
  body: object,
  key: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { who, url, timeoutMs } = endpoint;
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
      body: JSON.stringify(body),
    });
    const text = withoutKey(await bodyOf(response, endpoint), key);
    if (!response.ok) throw statusError(response, text, endpoint);
    return text;
  } catch (error) {
    if (error instanceof UserError) throw error;
    signal?.throwIfAborted();
    if (late.aborted) {
      throw new UserError(
        `${who} at ${url.origin}: no reply within ${timeoutMs / 1000} s`,
        'DEADLINE_EXCEEDED',
      );
    }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UserError(
      `${who} at ${url.origin}: not reachable: ${withoutKey(messageOf(cause), key)}`,
      'UNAVAILABLE',
    );
  }
}

/** The body as text, of bounded size. */
async function bodyOf(response: Response, { who, bytesMax }: Endpoint): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw new UserError(`${who}: a reply of more than ${bytesMax} bytes`, 'FAILED_PRECONDITION');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function withoutKey(text: string, key: string | undefined): string {
  return key === undefined ? text : text.replaceAll(key, '[key]');
}

function statusError(response: Response, body: string, { who, check, url }: Endpoint): UserError {
  const what = `${who} at ${url.origin}: status ${response.status}: ${oneLine(messageIn(body))}`;
  if (response.status === 429 || response.status === 503) {
    const seconds = Number(response.headers.get('retry-after') ?? '1');
    const waitMs = Number.isFinite(seconds) ? Math.max(0, 1000 * seconds) : FIRST_WAIT_MS;
    return new Overloaded(what, Math.min(waitMs, WAIT_MS_MAX));
  }
  if (response.status >= 500 || response.status === 408) return new UserError(what, 'UNAVAILABLE');
  return new UserError(`${what}; ${check}`, 'FAILED_PRECONDITION');
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

/** For messages: one line of bounded length. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, ERROR_CHARS_MAX);
}
