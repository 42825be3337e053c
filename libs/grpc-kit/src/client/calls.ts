/**
 * The four kinds of call on the client's side, over grpc-js.
 *
 * Pitfalls this file exists for: `break` out of a grpc-js stream leaves the call open, so every way out cancels it; writing
 * must wait when `write` returns false; a peer that hangs sends nothing, so a stream's silence is bounded as well as its time.
 */
import { create, type DescMethod, fromBinary } from '@bufbuild/protobuf';
import type { Client as Channel, Metadata, ServiceError } from '@grpc/grpc-js';
import { UserError } from '@soar/core';
import { type EventEmitter, once, setMaxListeners } from 'node:events';
import { encode, methodDefinition, methodName } from '../methods.js';
import { IDLE_MS_DEFAULT, STREAM_DEADLINE_MS_DEFAULT } from '../limits.js';
import type { HandlerContext } from '../service.js';
import { fromServiceError } from '../status.js';

/** Settings of one call. */
export interface CallOptions {
  /** Most time the call may take, in ms, retries included. Default: the client's; for a stream of responses a day. */
  deadlineMs?: number;
  /** Most time between two messages of a stream of responses, in ms. Default 60,000. */
  idleMs?: number;
  /** Cancels the call; of several, any. Given one by one, because AbortSignal.any leaves a trace in a signal that lives long. */
  signal?: AbortSignal | readonly AbortSignal[];
  /** The call in whose handling this one is made: this one gets no more time than is left to it, and ends with it. */
  parent?: Pick<HandlerContext, 'signal' | 'deadlineMs'>;
}

/** What the calls of one client share. */
export interface Caller {
  readonly address: string;
  /** Deadline of calls that name none, in ms. */
  readonly deadlineMs: number;
  /** Headers of a call, made anew for each. */
  readonly metadata: () => Metadata;
}

/** The function of one method. Its type is proven by Client in client.ts. */
export function callable(
  channel: Channel,
  method: DescMethod,
  { address, deadlineMs: deadlineMsDefault, metadata }: Caller,
): unknown {
  const { path } = methodDefinition(method);
  const place = `${methodName(method)} at ${address}`;
  const same = (bytes: Buffer): Buffer => bytes;
  const request = (init: unknown) =>
    encode(method.input, create(method.input, init as Record<string, unknown>));
  const response = (bytes: Buffer) => fromBinary(method.output, bytes);
  const failure = (error: unknown, bounds: Bounds): unknown => {
    const cancel = abortedOf(bounds);
    if (cancel !== undefined) return cancelled(place, cancel);
    return isServiceError(error) ? fromServiceError(error, place) : error;
  };

  const unary = (init: unknown, options: CallOptions = {}) =>
    new Promise((resolve, reject) => {
      const bounds = boundsOf(options, deadlineMsDefault);
      const cancel = abortedOf(bounds);
      if (cancel !== undefined) return reject(cancelled(place, cancel));
      const sent = channel.makeUnaryRequest(
        path,
        same,
        same,
        request(init),
        metadata(),
        bounds,
        (error, got) => {
          release();
          if (error !== null) reject(failure(error, bounds));
          else resolve(response(got!));
        },
      );
      const release = cancelOn(bounds.signals, sent);
    });

  const clientStreaming = (inits: AsyncIterable<unknown>, options: CallOptions = {}) =>
    new Promise((resolve, reject) => {
      const bounds = boundsOf(options, deadlineMsDefault);
      const cancel = abortedOf(bounds);
      if (cancel !== undefined) return reject(cancelled(place, cancel));
      const sent = channel.makeClientStreamRequest(path, same, same, metadata(), bounds, (error, got) => {
        release();
        if (error !== null) reject(failure(error, bounds));
        else resolve(response(got!));
      });
      const release = cancelOn(bounds.signals, sent);
      feed(inits, sent, request).catch((error: unknown) => {
        reject(error);
        sent.cancel();
      });
    });

  async function* serverStreaming(init: unknown, options: CallOptions = {}) {
    const bounds = boundsOf(options, STREAM_DEADLINE_MS_DEFAULT);
    const cancel = abortedOf(bounds);
    if (cancel !== undefined) throw cancelled(place, cancel);
    const sent = channel.makeServerStreamRequest(path, same, same, request(init), metadata(), bounds);
    yield* received(sent, bounds);
  }

  async function* bidi(inits: AsyncIterable<unknown>, options: CallOptions = {}) {
    const bounds = boundsOf(options, STREAM_DEADLINE_MS_DEFAULT);
    const cancel = abortedOf(bounds);
    if (cancel !== undefined) throw cancelled(place, cancel);
    const sent = channel.makeBidiStreamRequest(path, same, same, metadata(), bounds);
    let inputError: { error: unknown } | undefined;
    feed(inits, sent, request).catch((error: unknown) => {
      inputError = { error };
      sent.cancel();
    });
    try {
      yield* received(sent, bounds);
    } catch (error) {
      throw inputError === undefined ? error : inputError.error;
    }
  }

  /** Responses as they come. `break` and errors cancel the call: grpc-js alone would leave it open. */
  async function* received(sent: ReturnType<Channel['makeServerStreamRequest']>, bounds: Bounds) {
    const release = cancelOn(bounds.signals, sent);
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
        yield response(bytes);
        // Not before the caller asks for more: its own work is not the server's silence.
        silence = listen();
      }
    } catch (error) {
      if (!silent) throw failure(error, bounds);
      throw new UserError(`${place}: no message for ${bounds.idleMs} ms`, 'DEADLINE_EXCEEDED', undefined, {
        cause: error,
      });
    } finally {
      clearTimeout(silence);
      release();
      sent.cancel();
    }
  }

  if (method.methodKind === 'unary') return unary;
  if (method.methodKind === 'client_streaming') return clientStreaming;
  return method.methodKind === 'server_streaming' ? serverStreaming : bidi;
}

/** The bounds of one call, from its options and the call it is part of. */
interface Bounds {
  /** Unix milliseconds. */
  readonly deadline: number;
  readonly idleMs: number;
  readonly signals: readonly AbortSignal[];
}

function boundsOf(options: CallOptions, deadlineMsDefault: number): Bounds {
  const { parent, signal } = options;
  return {
    deadline: Math.min(
      Date.now() + (options.deadlineMs ?? deadlineMsDefault),
      parent?.deadlineMs ?? Infinity,
    ),
    idleMs: options.idleMs ?? IDLE_MS_DEFAULT,
    signals: [parent?.signal ?? [], signal ?? []].flat(),
  };
}

/** Writes requests as fast as the server reads. Ends without an error when the call is over before they are. */
async function feed(
  inits: AsyncIterable<unknown>,
  sent: EventEmitter & { write(bytes: Buffer): boolean; end(): void },
  request: (init: unknown) => Buffer,
): Promise<void> {
  const over = new AbortController();
  sent.once('status', () => over.abort());
  for await (const init of inits) {
    if (over.signal.aborted) return;
    if (!sent.write(request(init))) {
      await once(sent, 'drain', { signal: over.signal }).catch((error: unknown) => {
        if (!over.signal.aborted) throw error;
      });
    }
  }
  if (!over.signal.aborted) sent.end();
}

/** Cancels `sent` when one of the signals aborts; returns the function that stops listening. */
function cancelOn(signals: readonly AbortSignal[], sent: { cancel(): void }): () => void {
  const cancel = () => sent.cancel();
  for (const signal of signals) {
    // One signal may bound many calls at once; each stops listening when it ends.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', cancel, { once: true });
  }
  return () => signals.forEach((signal) => signal.removeEventListener('abort', cancel));
}

function abortedOf({ signals }: Bounds): AbortSignal | undefined {
  return signals.find(({ aborted }) => aborted);
}

function cancelled(place: string, signal: AbortSignal): UserError {
  return new UserError(`${place}: cancelled`, 'CANCELLED', undefined, {
    cause: signal.reason,
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
