/**
 * A typed client, derived from the same descriptor as the server.
 *
 * Every call has a deadline; a stream also has an idle timeout. `signal` cancels a call, on the server too. Errors
 * are `UserError`s with the server's reason and message (status.ts). Calls to an UNAVAILABLE server are retried a
 * bounded number of times. Requests are validated by the server, not here: only it knows the rules of its version.
 */
import type { DescMessage, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Client as Channel } from '@grpc/grpc-js';
import { UserError } from '@soar/core';
import { clientTarget, serverNameOf } from '../address.js';
import { type CallCredentials, openCallCredentials } from '../security/call-credentials.js';
import { callable, type CallOptions } from './calls.js';
import { quietGrpc } from '../config.js';
import { ATTEMPTS_MAX, clientOptions, DEADLINE_MS_DEFAULT, MESSAGE_BYTES_MAX } from '../limits.js';

/** Settings of a client. */
export interface ClientOptions {
  /** Default deadline of a call, in ms. Default 60,000. */
  deadlineMs?: number;
  /** Attempts of a call while the server is unavailable, the first one included; 1: no retry. Default 4. */
  attemptsMax?: number;
  /** Largest response, in bytes. Default 16 MiB. */
  messageBytesMax?: number;
  /** TLS and token, shared by the clients of a process. Default: plain text without a token. */
  credentials?: CallCredentials | undefined;
  /** Name that the server's certificate must carry. Default: the host of the address. */
  serverName?: string;
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

/** One function for each method, and control of the connection. */
export type Client<S extends DescService> = {
  readonly [K in keyof S['method']]: MethodOf<S['method'][K]>;
} & {
  /** The address it was created with. */
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
  const credentials = options.credentials ?? openCallCredentials();
  const serverName = options.serverName ?? serverNameOf(address);
  const channel = new Channel(clientTarget(address), credentials.channelTo(address), {
    ...clientOptions(
      desc.typeName,
      options.messageBytesMax ?? MESSAGE_BYTES_MAX,
      options.attemptsMax ?? ATTEMPTS_MAX,
    ),
    ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
  });
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS_DEFAULT;
  const methods = desc.methods.map(
    (method) =>
      [
        method.localName,
        callable(channel, method, { address, deadlineMs, metadata: credentials.metadata }),
      ] as const,
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
      const place = `${desc.typeName} at ${address}`;
      const what = `${place}: not reachable within ${timeoutMs} ms. Is the service running there?`;
      reject(new UserError(what, 'UNAVAILABLE', undefined, { cause: error }));
    });
  });
}
