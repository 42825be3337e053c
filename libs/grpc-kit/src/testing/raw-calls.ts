/**
 * Calls by plain HTTP/2 of Node, not grpc-js: an attacker keeps to none of a client's manners. For tests of what a
 * server does with half a request.
 */
import { messageOf, UserError } from '@soar/core';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type SecureClientSessionOptions,
} from 'node:http2';

/** A server, and the certificates for it if it has TLS. */
export interface RawServer {
  /** HOST:PORT. */
  readonly address: string;
  readonly tls?: SecureClientSessionOptions | undefined;
}

const CONNECT_MS_MAX = 5_000;

/** Opens a connection. It ends by itself when the server closes it. */
export async function openSession(
  { address, tls }: RawServer,
  options: SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connect(`${tls === undefined ? 'http' : 'https'}://${address}`, { ...tls, ...options });
  session.on('error', () => undefined);
  // Not only the events of the session: when a server wants a certificate and closes, Node emits none of them.
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_, reject) => {
    session.once('close', () => reject(new Error('it closes the connection')));
    timer = setTimeout(() => reject(new Error('does it require a certificate?')), CONNECT_MS_MAX);
  });
  try {
    await Promise.race([once(session, 'remoteSettings'), silent]);
  } catch (error) {
    session.destroy();
    const message = `${address}: no HTTP/2 there within ${CONNECT_MS_MAX} ms (${messageOf(error)})`;
    throw new UserError(message, 'UNAVAILABLE', undefined, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return session;
}

/** One call as the attacker sees it. */
export interface RawCall {
  readonly stream: ClientHttp2Stream;
  /** `grpc-status`, once it is there. */
  status?: number;
  /** `grpc-message`, decoded; '' until it is there. */
  message: string;
  /** Whether the stream is closed, by whomever. */
  closed: boolean;
  /** Bytes of the body that the server's flow control has let through. */
  sentBytes: number;
}

/** Sends the headers of a call and nothing else. */
export function beginCall(session: ClientHttp2Session, path: string, headers: object = {}): RawCall {
  const stream = session.request(
    { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers },
    { endStream: false },
  );
  const call: RawCall = { stream, message: '', closed: false, sentBytes: 0 };
  const note = (answer: Record<string, unknown>): void => {
    if (answer['grpc-status'] !== undefined) call.status = Number(answer['grpc-status']);
    if (typeof answer['grpc-message'] === 'string') call.message = decodeURIComponent(answer['grpc-message']);
  };
  stream.on('response', note).on('trailers', note);
  stream.on('close', () => (call.closed = true)).on('error', () => (call.closed = true));
  stream.resume();
  return call;
}

/** Sends `bytes` of a body; counts what has left. */
export function send(call: RawCall, bytes: Uint8Array): void {
  if (call.closed || !call.stream.writable) return;
  call.stream.write(bytes, (error) => {
    if (error === null || error === undefined) call.sentBytes += bytes.length;
  });
}

/** A message of `length` bytes as its prefix announces it, and the first `sent` bytes of it. */
export function partOfMessage(length: number, sent: number, compressed = false): Buffer {
  const bytes = Buffer.alloc(5 + sent);
  bytes.writeUInt8(compressed ? 1 : 0, 0);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}
