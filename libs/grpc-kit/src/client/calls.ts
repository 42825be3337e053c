/**
 * The four kinds of call on the client's side, over grpc-js.
 *
 * Pitfalls that this file handles: `break` out of a grpc-js stream leaves the call open, so every exit cancels it;
 * writing must wait when `write` returns false; a hanging peer sends nothing, so a stream has an idle timeout besides
 * its deadline.
 */
import { create, type DescMethod, fromBinary } from '@bufbuild/protobuf';
import type { Client as Channel, ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { UserError } from '@soar/core';
import { type EventEmitter, once, setMaxListeners } from 'node:events';
import { timed, timedStream } from '../durations.js';
import { answerCheck, withExpectations } from '../builds.js';
import { encode, methodDefinition, methodName } from '../methods.js';
import { IDLE_MS_DEFAULT, STREAM_DEADLINE_MS_DEFAULT } from '../limits.js';
import type { HandlerContext } from '../service.js';
import { fromServiceError } from '../status.js';

/** Settings of one call. */
export interface CallOptions {
  /** Deadline, in ms, retries included. Default: the client's; for a stream of responses a day. */
  deadlineMs?: number;
  /** Longest time between two messages of a stream of responses, in ms. Default 60,000. */
  idleMs?: number;
  /**
   * Cancels the call; of several signals, any does. They are passed one by one because AbortSignal.any leaks memory
   * in a long-lived signal.
   */
  signal?: AbortSignal | readonly AbortSignal[];
  /** Headers of this call, in place of the client's own: for a program that calls on behalf of another. */
  headers?: Readonly<Record<string, string>>;
  /** The call whose handler makes this one: this one ends with it, and by its deadline. */
  parent?: Pick<HandlerContext, 'signal' | 'deadlineMs'>;
}

/** What the calls of one client share. */
export interface Caller {
  readonly address: string;
  /** Default deadline of a call, in ms. */
  readonly deadlineMs: number;
  /** Headers, made anew for each call. */
  readonly metadata: () => Metadata;
}

/** The function of one method. Client in client.ts gives it its type. */
export function callable(channel: Channel, method: DescMethod, caller: Caller): unknown {
  const calls = new MethodCalls(channel, method, caller);
  switch (method.methodKind) {
    case 'unary':
      return (...given: Parameters<typeof calls.unary>) =>
        timed('clientSeconds', method, () => calls.unary(...given));
    case 'client_streaming':
      return (...given: Parameters<typeof calls.clientStreaming>) =>
        timed('clientSeconds', method, () => calls.clientStreaming(...given));
    case 'server_streaming':
      return (...given: Parameters<typeof calls.serverStreaming>) =>
        timedStream('clientSeconds', method, calls.serverStreaming(...given));
    case 'bidi_streaming':
      return (...given: Parameters<typeof calls.bidi>) =>
        timedStream('clientSeconds', method, calls.bidi(...given));
  }
}

/** Calls of one method. */
class MethodCalls {
  private readonly path: string;
  /** For messages. */
  private readonly place: string;

  constructor(
    private readonly channel: Channel,
    private readonly method: DescMethod,
    private readonly caller: Caller,
  ) {
    this.path = methodDefinition(method).path;
    this.place = `${methodName(method)} at ${caller.address}`;
  }

  unary(init: unknown, options: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const bounds = this.bounds(options, this.caller.deadlineMs);
      const bytes = this.request(init);
      const sent = this.channel.makeUnaryRequest(
        this.path,
        same,
        same,
        bytes,
        this.headers(options),
        bounds,
        (error, got) => {
          release();
          if (error !== null) reject(this.failure(error, bounds));
          else resolveWith(resolve, reject, () => this.checked(check, got!));
        },
      );
      const check = this.check(sent);
      const release = cancelOn(bounds.signals, sent);
    });
  }

  clientStreaming(inits: AsyncIterable<unknown>, options: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const bounds = this.bounds(options, this.caller.deadlineMs);
      const sent = this.channel.makeClientStreamRequest(
        this.path,
        same,
        same,
        this.headers(options),
        bounds,
        (error, got) => {
          release();
          if (error !== null) reject(this.failure(error, bounds));
          else resolveWith(resolve, reject, () => this.checked(check, got!));
        },
      );
      const check = this.check(sent);
      const release = cancelOn(bounds.signals, sent);
      this.feed(inits, sent).catch((error: Error) => {
        reject(error);
        sent.cancel();
      });
    });
  }

  async *serverStreaming(init: unknown, options: CallOptions = {}): AsyncGenerator<unknown> {
    const bounds = this.bounds(options, STREAM_DEADLINE_MS_DEFAULT);
    const bytes = this.request(init);
    const sent = this.channel.makeServerStreamRequest(
      this.path,
      same,
      same,
      bytes,
      this.headers(options),
      bounds,
    );
    yield* this.received(sent, bounds);
  }

  async *bidi(inits: AsyncIterable<unknown>, options: CallOptions = {}): AsyncGenerator<unknown> {
    const bounds = this.bounds(options, STREAM_DEADLINE_MS_DEFAULT);
    const sent = this.channel.makeBidiStreamRequest(this.path, same, same, this.headers(options), bounds);
    let inputError: { error: unknown } | undefined;
    this.feed(inits, sent).catch((error: unknown) => {
      inputError = { error };
      sent.cancel();
    });
    try {
      yield* this.received(sent, bounds);
    } catch (error) {
      throw inputError === undefined ? error : inputError.error;
    }
  }

  /** Yields responses as they arrive. `break` and errors cancel the call: grpc-js alone would leave it open. */
  private async *received(sent: ClientReadableStream<Buffer>, bounds: Bounds): AsyncGenerator<unknown> {
    const release = cancelOn(bounds.signals, sent);
    const check = this.check(sent);
    let silent = false;
    const listen = () =>
      setTimeout(() => {
        silent = true;
        sent.cancel();
      }, bounds.idleMs);
    let silence = listen();
    try {
      for await (const bytes of sent as AsyncIterable<Buffer>) {
        clearTimeout(silence);
        yield this.checked(check, bytes);
        // Restarted only when the caller reads on: the caller's own work is not the server's silence.
        silence = listen();
      }
    } catch (error) {
      if (!silent) throw this.failure(error, bounds);
      const message = `${this.place}: no message for ${bounds.idleMs} ms`;
      throw new UserError(message, 'DEADLINE_EXCEEDED', undefined, { cause: error });
    } finally {
      clearTimeout(silence);
      release();
      sent.cancel();
    }
  }

  /** Writes requests as fast as the server reads. Returns early, without an error, if the call ends first. */
  private async feed(inits: AsyncIterable<unknown>, sent: Requests): Promise<void> {
    const over = new AbortController();
    sent.once('status', () => over.abort());
    for await (const init of inits) {
      if (over.signal.aborted) return;
      if (!sent.write(this.request(init))) {
        await once(sent, 'drain', { signal: over.signal }).catch((error: unknown) => {
          if (!over.signal.aborted) throw error;
        });
      }
    }
    if (!over.signal.aborted) sent.end();
  }

  private request(init: unknown): Buffer {
    return encode(this.method.input, create(this.method.input, init as Record<string, unknown>));
  }

  private headers({ headers = {} }: CallOptions): Metadata {
    const metadata = this.caller.metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return withExpectations(metadata);
  }

  private check(sent: EventEmitter): () => void {
    return answerCheck(this.method.parent.typeName, this.place, sent);
  }

  /** An answer, from the build that was expected. */
  private checked(check: () => void, bytes: Buffer): unknown {
    check();
    return fromBinary(this.method.output, bytes);
  }

  /** The bounds of one call, from its options and its parent. Throws if it is already cancelled. */
  private bounds({ deadlineMs, idleMs, parent, signal }: CallOptions, deadlineMsDefault: number): Bounds {
    const signals = [parent?.signal ?? [], signal ?? []].flat();
    const cancel = signals.find(({ aborted }) => aborted);
    if (cancel !== undefined) throw this.cancelled(cancel);
    const deadline = Math.min(Date.now() + (deadlineMs ?? deadlineMsDefault), parent?.deadlineMs ?? Infinity);
    return { deadline, idleMs: idleMs ?? IDLE_MS_DEFAULT, signals };
  }

  private failure(error: unknown, { signals }: Bounds): Error {
    const cancel = signals.find(({ aborted }) => aborted);
    if (cancel !== undefined) return this.cancelled(cancel);
    return isServiceError(error) ? fromServiceError(error, this.place) : (error as Error);
  }

  private cancelled(signal: AbortSignal): UserError {
    return new UserError(`${this.place}: cancelled`, 'CANCELLED', undefined, { cause: signal.reason });
  }
}

/** grpc-js sees only bytes; messages are encoded and decoded here. */
function same(bytes: Buffer): Buffer {
  return bytes;
}

/** Settles a promise from a callback of grpc-js, in which nothing may be thrown. */
function resolveWith(
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
  value: () => unknown,
): void {
  try {
    resolve(value());
  } catch (error) {
    reject(error);
  }
}

/** The request side of a stream. */
type Requests = EventEmitter & { write(bytes: Buffer): boolean; end(): void };

interface Bounds {
  /** Unix milliseconds. */
  readonly deadline: number;
  readonly idleMs: number;
  readonly signals: readonly AbortSignal[];
}

/** Cancels `sent` when one of the signals aborts; returns the function that stops listening. */
function cancelOn(signals: readonly AbortSignal[], sent: { cancel(): void }): () => void {
  const cancel = () => sent.cancel();
  for (const signal of signals) {
    // One signal may cancel many calls; each removes its listener when it ends.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', cancel, { once: true });
  }
  return () => signals.forEach((signal) => signal.removeEventListener('abort', cancel));
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
