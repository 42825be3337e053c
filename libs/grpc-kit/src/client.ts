/**
 * A typed client, derived from the same descriptor as the server.
 *
 * Every call has a deadline. `signal` cancels it, on the server too. Errors are `UserError`s with the server's reason and
 * message (status.ts). Unary calls that meet an UNAVAILABLE server are tried again, a bounded number of times. Requests are
 * checked by the server, not here: it alone knows the rules of its version.
 */
import { create, type DescMessage, type DescMethod, type DescService, fromBinary } from '@bufbuild/protobuf';
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Client as Channel, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { UserError } from '@soar/core';
import { type EventEmitter, once } from 'node:events';
import { clientTarget } from './address.js';
import { quietGrpc } from './config.js';
import { encode, methodDefinition, methodName } from './calls.js';
import { ATTEMPTS_MAX, clientOptions, DEADLINE_MS_DEFAULT, MESSAGE_BYTES_MAX } from './limits.js';
import { fromServiceError } from './status.js';
import { readTls, type TlsFiles } from './tls.js';

/** Settings of one call. */
export interface CallOptions {
  /** Most time the call may take, in ms, retries included. Default: the client's. */
  deadlineMs?: number;
  /** Cancels the call. */
  signal?: AbortSignal;
}

/** Settings of a client. */
export interface ClientOptions {
  /** Deadline of calls that name none, in ms. Default 60,000. */
  deadlineMs?: number;
  /** Attempts of a call while the server is unavailable, the first one included; 1: no retry. Default 4. */
  attemptsMax?: number;
  /** Largest response, in bytes. Default 16 MiB. */
  messageBytesMax?: number;
  /** Certificates. Default: plain text. */
  tls?: TlsFiles;
}

type MethodOf<M> = M extends {
  methodKind: infer Kind;
  input: infer I extends DescMessage;
  output: infer O extends DescMessage;
}
  ? Kind extends 'unary'
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : Kind extends 'server_streaming'
      ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
      : Kind extends 'client_streaming'
        ? (requests: AsyncIterable<MessageInitShape<I>>, options?: CallOptions) => Promise<MessageShape<O>>
        : (
            requests: AsyncIterable<MessageInitShape<I>>,
            options?: CallOptions,
          ) => AsyncIterable<MessageShape<O>>
  : never;

/** One function for each method, and the connection's end. */
export type Client<S extends DescService> = {
  readonly [K in keyof S['method']]: MethodOf<S['method'][K]>;
} & {
  /** The address it was made for. */
  readonly address: string;
  /** Settles when connected. Throws UserError UNAVAILABLE after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void>;
  /** Closes the connection; calls in flight end with CANCELLED. */
  close(): void;
};

/** A client of the service `desc` at `address`: HOST:PORT, dns:///NAME:PORT, or IP addresses separated by commas. */
export function createClient<S extends DescService>(
  desc: S,
  address: string,
  options: ClientOptions = {},
): Client<S> {
  quietGrpc();
  const tls = options.tls === undefined ? undefined : readTls(options.tls);
  const channel = new Channel(
    clientTarget(address),
    tls === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(tls.ca ?? null, tls.key, tls.cert),
    clientOptions(
      desc.typeName,
      options.messageBytesMax ?? MESSAGE_BYTES_MAX,
      options.attemptsMax ?? ATTEMPTS_MAX,
    ),
  );
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS_DEFAULT;
  const methods = desc.methods.map(
    (method) => [method.localName, call(channel, method, address, deadlineMs)] as const,
  );
  return {
    ...Object.fromEntries(methods),
    address,
    ready: (timeoutMs: number) => ready(channel, desc, address, timeoutMs),
    close: () => channel.close(),
  } as Client<S>;
}

async function ready(channel: Channel, desc: DescService, address: string, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    channel.waitForReady(Date.now() + timeoutMs, (error) => {
      if (error === undefined) return resolve();
      const what = `${desc.typeName} at ${address}: not reachable within ${timeoutMs} ms. Is the service running there?`;
      reject(new UserError(what, 'UNAVAILABLE', undefined, { cause: error }));
    });
  });
}

/** The function of one method; its type is proven by MethodOf. */
function call(channel: Channel, method: DescMethod, address: string, deadlineMsDefault: number): unknown {
  const { path } = methodDefinition(method);
  const name = methodName(method);
  const same = (bytes: Buffer): Buffer => bytes;
  const request = (init: unknown) =>
    encode(method.input, create(method.input, init as Record<string, unknown>));
  const response = (bytes: Buffer) => fromBinary(method.output, bytes);
  const settings = (options: CallOptions) => ({
    deadline: Date.now() + (options.deadlineMs ?? deadlineMsDefault),
  });
  const failure = (error: unknown, options: CallOptions): unknown => {
    if (options.signal?.aborted === true) return cancelled(name, address, options.signal);
    return isServiceError(error) ? fromServiceError(error, name, address) : error;
  };

  const unary = (init: unknown, options: CallOptions = {}) =>
    new Promise((resolve, reject) => {
      if (options.signal?.aborted === true) return reject(cancelled(name, address, options.signal));
      const bytes = request(init);
      const sent = channel.makeUnaryRequest(
        path,
        same,
        same,
        bytes,
        new Metadata(),
        settings(options),
        (error, got) => {
          release();
          if (error !== null) reject(failure(error, options));
          else resolve(response(got!));
        },
      );
      const release = cancelOn(options.signal, sent);
    });

  const clientStreaming = (inits: AsyncIterable<unknown>, options: CallOptions = {}) =>
    new Promise((resolve, reject) => {
      if (options.signal?.aborted === true) return reject(cancelled(name, address, options.signal));
      const sent = channel.makeClientStreamRequest(
        path,
        same,
        same,
        new Metadata(),
        settings(options),
        (error, got) => {
          release();
          if (error !== null) reject(failure(error, options));
          else resolve(response(got!));
        },
      );
      const release = cancelOn(options.signal, sent);
      feed(inits, sent, request).catch((error: unknown) => {
        reject(error);
        sent.cancel();
      });
    });

  async function* serverStreaming(init: unknown, options: CallOptions = {}) {
    if (options.signal?.aborted === true) throw cancelled(name, address, options.signal);
    const sent = channel.makeServerStreamRequest(
      path,
      same,
      same,
      request(init),
      new Metadata(),
      settings(options),
    );
    yield* received(sent, options);
  }

  async function* bidi(inits: AsyncIterable<unknown>, options: CallOptions = {}) {
    if (options.signal?.aborted === true) throw cancelled(name, address, options.signal);
    const sent = channel.makeBidiStreamRequest(path, same, same, new Metadata(), settings(options));
    let inputError: { error: unknown } | undefined;
    feed(inits, sent, request).catch((error: unknown) => {
      inputError = { error };
      sent.cancel();
    });
    try {
      yield* received(sent, options);
    } catch (error) {
      throw inputError === undefined ? error : inputError.error;
    }
  }

  /** Responses as they come. `break` and errors cancel the call: grpc-js alone would leave it open. */
  async function* received(sent: ReturnType<Channel['makeServerStreamRequest']>, options: CallOptions) {
    const release = cancelOn(options.signal, sent);
    try {
      for await (const bytes of sent as AsyncIterable<Buffer>) yield response(bytes);
    } catch (error) {
      throw failure(error, options);
    } finally {
      release();
      sent.cancel();
    }
  }

  if (method.methodKind === 'unary') return unary;
  if (method.methodKind === 'client_streaming') return clientStreaming;
  return method.methodKind === 'server_streaming' ? serverStreaming : bidi;
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

/** Cancels `sent` when `signal` aborts; returns the function that stops listening. */
function cancelOn(signal: AbortSignal | undefined, sent: { cancel(): void }): () => void {
  const cancel = () => sent.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}

function cancelled(method: string, address: string, signal: AbortSignal): UserError {
  return new UserError(`${method} at ${address}: cancelled`, 'CANCELLED', undefined, {
    cause: signal.reason,
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
