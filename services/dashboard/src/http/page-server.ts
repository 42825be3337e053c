/**
 * The HTTP server of the page: refuses what no page of ours would send, and answers from one table of routes. How it
 * listens and what it bounds is @soar/http-kit's.
 *
 * Loopback is no protection against web pages: any site can make a browser send requests here. So what changes
 * something must come from our own page with its token (visitors.ts), and no answer can be framed or read by another
 * origin.
 */
import { UserError } from '@soar/core';
import { isLoopback, parseAddress } from '@soar/grpc-kit';
import {
  type Answer,
  type IncomingMessage,
  json,
  readBody,
  type RunningHttpServer,
  send,
  type ServerResponse,
  startHttpServer,
  statusOf,
} from '@soar/http-kit';
import type { Log } from '@soar/telemetry';
import type { Visitors } from './visitors.js';

const CONNECTIONS_MAX = 256;
const REQUEST_MS_MAX = 15_000;
const BODY_BYTES_MAX = 8 * 1024;

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parts of the path that the route's pattern holds, decoded. */
  readonly parts: readonly string[];
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** The whole path; groups are the request's `parts`. */
  readonly path: RegExp;
  /** Whether somebody without a session may ask. */
  readonly open?: boolean;
  /** Undefined: it has answered itself. */
  readonly answer: (request: Request) => Promise<Answer | undefined> | Answer | undefined;
}

export interface PageServerOptions {
  readonly listen: string;
  readonly nextPort: boolean;
  readonly insecure: boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly visitors: Visitors;
  readonly routes: readonly Route[];
  readonly log: Log;
}

/** Starts it. Throws UserError where it may not or cannot listen. */
export async function startPageServer(options: PageServerOptions): Promise<RunningHttpServer> {
  const { host } = parseAddress(options.listen);
  if (!isLoopback(host) && (options.insecure || options.tls !== undefined) && !options.visitors.needLogin)
    throw new UserError(
      `listen ${options.listen}: not a loopback address. Visitors from elsewhere need a token: give --page-token-file`,
      'FAILED_PRECONDITION',
      'listen',
    );
  return startHttpServer({
    ...options,
    connectionsMax: CONNECTIONS_MAX,
    requestMs: REQUEST_MS_MAX,
    headers: HEADERS,
    answer: (http, response) => answer(options, http, response),
    failure,
  });
}

/** Headers of every answer. Scripts are files of ours alone; texts of models can load and run nothing. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;

async function answer(
  { routes, visitors }: PageServerOptions,
  http: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = http.method ?? '';
  const url = new URL(http.url ?? '/', 'http://page');
  const path = url.pathname;
  const fitting = routes.filter((route) => route.path.test(path));
  const route = fitting.find((each) => each.method === method);
  if (route === undefined && fitting.length > 0)
    throw new UserError(`${path}: ${method} is not allowed here`, 'INVALID_ARGUMENT');
  if (route === undefined) throw new UserError(`${path}: there is no such page`, 'NOT_FOUND');
  if (route.open !== true) visitors.requireKnown(http);
  const parts = (route.path.exec(path) ?? []).slice(1).map(decoded);
  const found = await route.answer({ method, path, query: url.searchParams, parts, http, response });
  if (found !== undefined) send(response, found);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UserError('the path is not well-formed', 'INVALID_ARGUMENT');
  }
}

function failure(error: unknown): Answer {
  if (!(error instanceof UserError)) return json({ error: 'a bug in the dashboard; its log says more' }, 500);
  return json({ error: error.message, reason: error.reason }, statusOf(error));
}

/** The body of a request as text. Throws UserError above the bound. */
export function bodyOf({ http }: Request): Promise<string> {
  return readBody(http, BODY_BYTES_MAX);
}
