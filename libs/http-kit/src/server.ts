/**
 * A server of HTTP: where it may listen, whom it answers to, and what it bounds.
 *
 * Plain text on loopback; anything else needs a certificate or an explicit `insecure`. Loopback is no protection
 * against web pages: any site can make a browser send requests there. So on loopback the Host header must name this
 * machine; a site whose name was pointed to 127.0.0.1 (DNS rebinding) is refused. Connections, headers and the time of
 * a request are bounded, and so is the drain. HTTP/1.1 alone: no call here needs more.
 */
import { messageOf, UserError } from '@soar/core';
import {
  checkListen,
  formatAddress,
  isLoopback,
  parseAddress,
  type ServerCertificate,
  serverCertificate,
} from '@soar/grpc-kit';
import { exceptionOf, type Log } from '@soar/telemetry';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { type Answer, send } from './answer.js';

const HEADER_BYTES_MAX = 16 * 1024;
/** How often Node looks for requests that take too long. */
const LOOK_MS = 2_000;
/** How many ports are tried from the given one on. */
const PORTS_TRIED_MAX = 50;

export interface HttpServerOptions {
  /** `HOST:PORT`; port 0 takes any free one. */
  readonly listen: string;
  /** Takes the next free port when the one of `listen` is taken. Default false. */
  readonly nextPort?: boolean;
  /** Allows plain text off loopback. */
  readonly insecure: boolean;
  /** PEM files of its certificate; with them it speaks HTTPS alone. They are read again when they change. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly connectionsMax: number;
  /** Longest time until a request is whole, in ms; a slower one is answered 408. */
  readonly requestMs: number;
  /** How long a stopping server waits for answers in progress, in ms. Default 0. */
  readonly drainMs?: number;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Answers one request. What it throws, `failure` answers, unless an answer has begun: that one is cut off. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** The answer to an error. An error that is no UserError is a bug, and is in the log. */
  readonly failure: (error: unknown) => Answer;
  readonly log: Log;
}

export interface RunningHttpServer {
  /** `HOST:PORT`, with the actual port. */
  readonly address: string;
  /** Stops listening, lets answers in progress end for `drainMs`, then cuts them off. */
  stop(): Promise<void>;
}

/** Starts it. Throws UserError where it may not or cannot listen, or a file cannot be used. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const { listen, tls, insecure, nextPort = false, drainMs = 0, log } = options;
  const { host, port } = parseAddress(checkListen(listen, tls !== undefined, insecure));
  const isLocal = isLoopback(host);
  const certificate = tls && serverCertificate(tls, { log });
  const inProgress = new InProgress();
  const server = serverFor(options, certificate, (request, response) => {
    inProgress.add(response);
    void answer(options, isLocal, request, response);
  });
  try {
    const bound = await bind(server, host, port, nextPort && port !== 0 ? PORTS_TRIED_MAX : 1);
    return {
      address: formatAddress(host, bound),
      stop: async () => {
        await drain(server, inProgress, drainMs);
        certificate?.close();
      },
    };
  } catch (error) {
    certificate?.close();
    throw error;
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function serverFor(
  { requestMs, connectionsMax }: HttpServerOptions,
  certificate: ServerCertificate | undefined,
  listener: Listener,
): Server | SecureServer {
  const settings = {
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    connectionsCheckingInterval: LOOK_MS,
  };
  const secure = certificate && createSecureServer({ ...settings, ...certificate.current() }, listener);
  if (secure !== undefined) certificate?.onChange((pem) => secure.setSecureContext(pem));
  const server = secure ?? createServer(settings, listener);
  server.maxConnections = connectionsMax;
  return server;
}

/** Answers in progress. Connections alone do not tell: one that has sent nothing yet counts as busy in Node. */
class InProgress {
  private readonly open = new Set<ServerResponse>();
  private onNone: (() => void) | undefined;

  add(response: ServerResponse): void {
    this.open.add(response);
    response.once('close', () => {
      this.open.delete(response);
      if (this.open.size === 0) this.onNone?.();
    });
  }

  /** Resolves when there are none, or after `msMax`. */
  async none(msMax: number): Promise<void> {
    if (this.open.size === 0 || msMax === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.onNone = resolve;
      timer = setTimeout(resolve, msMax);
    });
    clearTimeout(timer);
  }
}

async function drain(server: Server | SecureServer, inProgress: InProgress, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await inProgress.none(drainMs);
  server.closeAllConnections(); // streams have no end of their own
  await closed;
}

/** Listens on `port`, or on the first free one of `tries`; resolves with it. */
async function bind(
  server: Server | SecureServer,
  host: string,
  port: number,
  tries: number,
): Promise<number> {
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

function listenOn(server: Server | SecureServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function answer(
  { headers, answer: answerIt, failure, log }: HttpServerOptions,
  isLocal: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.on('error', () => undefined); // whoever asked went away
  try {
    if (isLocal) requireOurName(request.headers.host);
    await answerIt(request, response);
  } catch (error) {
    if (!(error instanceof UserError)) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
      log(`bug: ${stack}`, 'error', exceptionOf(error));
    }
    if (response.headersSent) response.destroy();
    else send(response, failure(error));
  }
}

/** What a program on this machine calls a server on loopback. A name of somebody else's that leads here is refused. */
function requireOurName(host: string | undefined): void {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (isLoopback(name)) return;
  throw new UserError(
    `Host ${JSON.stringify((host ?? '').slice(0, 200))}: this server is called 127.0.0.1 or localhost`,
    'PERMISSION_DENIED',
  );
}
