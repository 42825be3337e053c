/**
 * The calls in flight: a slot for each, and a budget of memory for what their bodies hold. Whoever calls decides on
 * neither: a body is counted as it comes, and the oldest one that is not whole gives way.
 */
import { ByteBudget, type Holder, MESSAGE_BYTES_MAX, requestBytesMaxHere } from '@soar/grpc-kit';
import { Overloaded, UserError } from '@soar/core';
import type { IncomingMessage, ServerResponse } from '@soar/http-kit';

/** When a call that was refused by a full gateway may be repeated. */
const FULL_RETRY_MS = 250;
/** Prefixes of messages, and what JSON adds, beside the message itself. */
const BODY_BYTES_MAX = MESSAGE_BYTES_MAX + 64 * 1024;

/** Headers of a caller that go along to the services. */
const FORWARDED = ['authorization', 'traceparent', 'tracestate'] as const;

/** One request, as its handler sees it. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborts when whoever called is gone, or the drain is over. */
  readonly signal: AbortSignal;
  /** Aborts when the gateway begins to stop. Endless streams end on it. */
  readonly draining: AbortSignal;
  /** The headers that the calls to the services carry (CallOptions.headers): the caller's token and trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why it may not be handled: all slots are taken. */
  readonly refusal: UserError | undefined;
  /** The body, counted. Throws UserError beyond the bounds. */
  readonly body: AsyncIterable<Uint8Array>;
}

export class CallsInFlight {
  private open = 0;
  private readonly budget = new ByteBudget(requestBytesMaxHere());

  constructor(
    private readonly callsMax: number,
    private readonly draining: AbortSignal,
  ) {}

  /** Does `work` with the call of a request. */
  async during(
    request: IncomingMessage,
    response: ServerResponse,
    work: (call: Call) => Promise<void>,
  ): Promise<void> {
    const isFull = this.open >= this.callsMax;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = new Body(request, this.budget);
    const url = urlOf(request);
    this.open++;
    try {
      await work({
        refusal: isFull
          ? new Overloaded(`${this.callsMax} calls are in flight; try again later`, FULL_RETRY_MS)
          : undefined,
        request,
        response,
        path: url.pathname,
        query: url.searchParams,
        signal: gone.signal,
        draining: this.draining,
        headers: forwarded(request),
        body,
      });
    } finally {
      this.open--;
      body.release();
    }
  }
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  // A path that begins with two slashes would be a host.
  const text = `http://gateway${url.startsWith('/') ? '' : '/'}${url}`;
  if (URL.canParse(text)) return new URL(text);
  throw new UserError('the path is not well-formed', 'INVALID_ARGUMENT');
}

function forwarded({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const given = FORWARDED.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(
    given.filter((entry): entry is [(typeof FORWARDED)[number], string] => typeof entry[1] === 'string'),
  );
}

/** A body that is read once, by whoever handles the call. */
class Body implements Holder, AsyncIterable<Uint8Array> {
  readonly peer: string;
  heldBytes = 0;
  isComplete = false;
  private error: UserError | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly budget: ByteBudget,
  ) {
    this.peer = request.socket.remoteAddress ?? '';
  }

  /** The budget ends it in favour of others. */
  end(error: UserError): void {
    this.error = error;
    this.release();
    this.wake?.();
  }

  release(): void {
    this.budget.release(this);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const announced = Number(this.request.headers['content-length'] ?? 0);
    if (announced > BODY_BYTES_MAX) throw tooLong(announced);
    const chunks = this.request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
    const ended = new Promise<undefined>((resolve) => (this.wake = () => resolve(undefined)));
    let bytes = 0;
    for (;;) {
      const next = await Promise.race([chunks.next(), ended]);
      this.requireRoom();
      if (next === undefined) return;
      if (next.done === true) break;
      bytes += next.value.length;
      if (bytes > BODY_BYTES_MAX) throw tooLong(bytes);
      this.budget.hold(this, next.value.length);
      this.requireRoom();
      yield next.value;
    }
    this.isComplete = true;
    this.budget.completed(this);
  }

  private requireRoom(): void {
    if (this.error !== undefined) throw this.error;
  }
}

function tooLong(bytes: number): UserError {
  return new UserError(
    `a body of ${bytes} bytes; at most ${BODY_BYTES_MAX} are accepted. Ask for less in one call`,
    'RESOURCE_EXHAUSTED',
  );
}
