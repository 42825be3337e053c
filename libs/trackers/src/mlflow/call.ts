/**
 * One call of MLflow's REST API: JSON over HTTP, bounded in time, attempts and bytes. No redirect is followed, so that
 * the token goes where the user said and nowhere else; it is cut out of what comes back.
 */
import { type Clock, messageOf, Overloaded, retry, UserError } from '@soar/core';

export interface MlflowServer {
  /** As the user gave it: http://127.0.0.1:5000. */
  readonly url: URL;
  /** A bearer token. */
  readonly token: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the waits between attempts. Default: the system clock. */
  readonly clock?: Clock;
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the server's address. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly type?: string;
  /** Whether a second one does no harm. One that is not is repeated only if the server refused to take it. */
  readonly repeatable: boolean;
}

export type Reply = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 20_000;
const ATTEMPTS_MAX = 4;
const REPLY_BYTES_MAX = 4 * 1024 * 1024;
const WAIT_MS_MAX = 10_000;

/** The server has no such thing; `code` is MLflow's. */
export class MlflowRefusal extends UserError {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message, 'FAILED_PRECONDITION');
  }
}

/** An address that a token may go to. Throws UserError. */
export function mlflowUrl(text: string, token: string | undefined): URL {
  const refused = (why: string): UserError =>
    new UserError(
      `--tracking-uri: ${why}, got ${JSON.stringify(text)}`,
      'INVALID_ARGUMENT',
      '--tracking-uri',
    );
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw refused('expected the address of an MLflow server, such as http://127.0.0.1:5000');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UserError(
      '--tracking-uri: credentials, a query or a fragment in it; a token belongs into MLFLOW_TRACKING_TOKEN',
      'INVALID_ARGUMENT',
      '--tracking-uri',
    );
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (token !== undefined && !isLocal && url.protocol !== 'https:')
    throw refused('MLFLOW_TRACKING_TOKEN would leave this machine in plain text; use https');
  return url;
}

/** The reply, an object. Throws UserError: UNAVAILABLE, DEADLINE_EXCEEDED, or an MlflowRefusal. */
export function call(server: MlflowServer, request: Request): Promise<Reply> {
  const { signal, clock } = server;
  return retry(
    {
      attemptsMax: ATTEMPTS_MAX,
      firstWaitMs: 500,
      waitMsMax: WAIT_MS_MAX,
      isTransient: (error) =>
        error instanceof UserError &&
        request.repeatable &&
        (error.reason === 'UNAVAILABLE' || error.reason === 'DEADLINE_EXCEEDED'),
      ...(signal && { signal }),
      ...(clock && { clock }),
    },
    () => attempt(server, request),
  );
}

async function attempt(server: MlflowServer, { method, path, body, type }: Request): Promise<Reply> {
  const { url, token, signal } = server;
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const target = new URL(url);
  const [pathname = '', query = ''] = path.split('?');
  target.pathname = `${url.pathname.replace(/\/+$/, '')}${pathname}`;
  target.search = query;
  try {
    const response = await fetch(target, {
      method,
      redirect: 'error',
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      headers: {
        ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body }),
    });
    const text = await bodyOf(response);
    if (!response.ok) throw statusError(response, withoutToken(text, token), url);
    return replyOf(text, url);
  } catch (error) {
    if (error instanceof UserError) throw error;
    signal?.throwIfAborted();
    if (late.aborted)
      throw new UserError(
        `MLflow at ${url.origin}: no reply within ${TIMEOUT_MS / 1000} s`,
        'DEADLINE_EXCEEDED',
      );
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UserError(
      `MLflow at ${url.origin}: not reachable (${withoutToken(messageOf(cause), token)}); check --tracking-uri`,
      'UNAVAILABLE',
    );
  }
}

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > REPLY_BYTES_MAX)
      throw new UserError(`MLflow: a reply of more than ${REPLY_BYTES_MAX} bytes`, 'FAILED_PRECONDITION');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function replyOf(text: string, url: URL): Reply {
  const json = parsed(text === '' ? '{}' : text);
  if (json !== undefined) return json;
  throw new UserError(
    `MLflow at ${url.origin}: the reply is no JSON object; is this an MLflow server?`,
    'FAILED_PRECONDITION',
  );
}

function statusError(response: Response, body: string, url: URL): UserError {
  const { status } = response;
  const error = parsed(body);
  const code = String(error?.['error_code'] ?? '').slice(0, 80);
  const said = oneLine(String(error?.['message'] ?? body));
  const what = `MLflow at ${url.origin}: status ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 429 || status === 503) {
    const seconds = Number(response.headers.get('retry-after') ?? '1');
    return new Overloaded(
      what,
      Number.isFinite(seconds) ? Math.min(Math.max(0, 1000 * seconds), WAIT_MS_MAX) : 1000,
    );
  }
  if (status >= 500 || status === 408) return new UserError(what, 'UNAVAILABLE');
  const hint = status === 401 || status === 403 ? '; check MLFLOW_TRACKING_TOKEN' : '';
  return new MlflowRefusal(`${what}${hint}`, code);
}

function parsed(text: string): Reply | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Reply) : undefined;
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function withoutToken(text: string, token: string | undefined): string {
  return token === undefined ? text : text.replaceAll(token, '[token]');
}
