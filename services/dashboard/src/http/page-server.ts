/**
 * The HTTP server of the page: listens, refuses what no page of ours would send, and answers from one table of routes.
 * The only importer of node:http.
 *
 * Loopback is no protection against web pages: any site can make a browser send requests here. So the Host header must
 * name this server (a site whose name was pointed to 127.0.0.1 is refused), what changes something must come from our
 * own page with its token (visitors.ts), and no answer can be framed or read by another origin. Every body, stream and
 * connection has a bound.
 */
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { readFileSync } from 'node:fs';
import { messageOf, UserError } from '@soar/core';
import { checkListen, formatAddress, isLoopback, parseAddress } from '@soar/grpc-kit';
import { exceptionOf, type Log } from '@soar/telemetry';
import type { Visitors } from './visitors.js';

const CONNECTIONS_MAX = 256;
const REQUEST_MS_MAX = 15_000;
const HEADER_BYTES_MAX = 16 * 1024;
const BODY_BYTES_MAX = 8 * 1024;
/** How many ports are tried from the given one on. */
const PORTS_TRIED_MAX = 50;

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parts of the path that the route's pattern holds, decoded. */
  readonly parts: readonly string[];
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
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

export interface RunningPage {
  /** `HOST:PORT`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts it. Throws UserError where it may not or cannot listen. */
export async function startPageServer(options: PageServerOptions): Promise<RunningPage> {
  const { host, port } = parseAddress(
    checkListen(options.listen, options.tls !== undefined, options.insecure),
  );
  const isLocal = isLoopback(host);
  if (!isLocal && !options.visitors.needLogin)
    throw new UserError(
      `listen ${options.listen}: not a loopback address. Visitors from elsewhere need a token: give --page-token-file`,
      'FAILED_PRECONDITION',
      'listen',
    );
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(options, isLocal, request, response);
  };
  const settings = {
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    headersTimeout: REQUEST_MS_MAX,
  };
  const server: Server =
    options.tls === undefined
      ? createHttp(settings, handle)
      : createHttps({ ...settings, ...pemFiles(options.tls) }, handle);
  server.maxConnections = CONNECTIONS_MAX;
  const bound = await bind(server, host, port, options.nextPort && port !== 0 ? PORTS_TRIED_MAX : 1);
  return {
    address: formatAddress(host, bound),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // streams have no end of their own
      }),
  };
}

function pemFiles(tls: { readonly cert: string; readonly key: string }): { cert: Buffer; key: Buffer } {
  const read = (flag: string, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new UserError(
        `--${flag} ${path}: cannot be read: ${messageOf(error)}`,
        'FAILED_PRECONDITION',
        flag,
      );
    }
  };
  return { cert: read('tls-cert', tls.cert), key: read('tls-key', tls.key) };
}

/** Listens on `port`, or on the first free one of `tries`; resolves with it. */
async function bind(server: Server, host: string, port: number, tries: number): Promise<number> {
  for (let tried = port; ; tried++) {
    try {
      return await listenOn(server, host, tried);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && tried < Math.min(port + tries - 1, 65_535)) continue;
      const place = formatAddress(host, tried);
      const why = code === 'EADDRINUSE' ? 'the port is taken; choose another one' : messageOf(error);
      throw new UserError(`listen ${place}: ${why}`, 'FAILED_PRECONDITION', 'listen', { cause: error });
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
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
  { routes, visitors, log }: PageServerOptions,
  isLocal: boolean,
  http: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  response.on('error', () => undefined); // a visitor that went away
  try {
    if (isLocal) requireOurName(http.headers.host);
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
  } catch (error) {
    if (!(error instanceof UserError)) {
      const stack = error instanceof Error ? (error.stack ?? '') : messageOf(error);
      log(`bug: ${stack}`, 'error', exceptionOf(error));
    }
    if (response.headersSent) response.destroy();
    else send(response, failure(error));
  }
}

/** What a browser calls a server on loopback. A name of somebody else's that leads here is refused. */
function requireOurName(host: string | undefined): void {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (isLoopback(name)) return;
  throw new UserError(
    `Host ${JSON.stringify((host ?? '').slice(0, 200))}: this server is called 127.0.0.1 or localhost`,
    'PERMISSION_DENIED',
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UserError('the path is not well-formed', 'INVALID_ARGUMENT');
  }
}

function send(response: ServerResponse, { status = 200, type, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

const STATUS: Readonly<Partial<Record<UserError['reason'], number>>> = {
  NOT_FOUND: 404,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 409,
  ALREADY_EXISTS: 409,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

function failure(error: unknown): Answer {
  if (!(error instanceof UserError)) return json({ error: 'a bug in the dashboard; its log says more' }, 500);
  return json({ error: error.message, reason: error.reason }, STATUS[error.reason] ?? 500);
}

/** The body of a request as text. Throws UserError above the bound. */
export async function bodyOf({ http }: Request): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of http as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX)
      throw new UserError(`the body is longer than ${BODY_BYTES_MAX} bytes`, 'INVALID_ARGUMENT');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
