/**
 * What stands in front of grpc-js: every HTTP/2 stream of a server is looked at here first, and only calls that are
 * admitted, and have a slot, reach grpc-js.
 *
 * grpc-js's own place for such decisions, the server interceptor, is too late and sees too little. It is not asked
 * about unknown methods, a call that it refuses stays open until the caller ends it, and it gets messages when they
 * are whole, so half of one is held for as long as the caller likes. Here a refused call is closed at once, and the
 * bytes of the others are counted as they come.
 */
import type { Server } from '@grpc/grpc-js';
import { Metadata, status as Code } from '@grpc/grpc-js';
import { InvariantError } from '@soar/core';
import type { Log } from '@soar/telemetry';
import type { X509Certificate } from 'node:crypto';
import type { Http2Server, Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { toStatus } from '../status.js';
import type { Admission } from './admission.js';
import type { Connections } from './connections.js';
import type { IncomingCall, IncomingCalls } from './incoming.js';
import { answerUnread, refuse } from './refusal.js';

/** A method that the server offers. */
export interface OfferedMethod {
  /** The calls that share its bounds. */
  readonly calls: IncomingCalls;
  readonly requestStream: boolean;
}

export interface FrontOptions {
  readonly admission: Admission;
  readonly connections: Connections;
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, OfferedMethod>;
  readonly log: Log;
}

type StreamHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/**
 * The private method by which grpc-js connects itself to an HTTP/2 server, before that listens. grpc-js offers no other
 * way to its streams; a version without it does not start.
 */
const CONNECT = '_setupHandlers';
/** What a stream takes beside its bytes: its objects in Node, grpc-js and here. */
const STREAM_BYTES = 4 * 1024;

/** Puts itself in front of every HTTP/2 server that `server` will listen with. */
export function standInFront(server: Server, options: FrontOptions): void {
  const connect: unknown = Reflect.get(server, CONNECT);
  if (typeof connect !== 'function') {
    throw new InvariantError(`@grpc/grpc-js: expected Server.${CONNECT}, got ${typeof connect}`);
  }
  Reflect.set(server, CONNECT, (http2Server: Http2Server, ...rest: unknown[]) => {
    Reflect.apply(connect, server, [http2Server, ...rest]);
    http2Server.on('connection', (socket: Socket) => options.connections.accept(socket));
    const handlers = http2Server.listeners('stream') as StreamHandler[];
    http2Server.removeAllListeners('stream');
    http2Server.on('stream', (stream, headers) =>
      look(stream, headers, options, () => {
        for (const handle of handlers) handle(stream, headers);
      }),
    );
  });
}

/** Refuses the stream, or passes it on and watches it. */
function look(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { admission, connections, methods, log }: FrontOptions,
  pass: () => void,
): void {
  // An error of a stream is followed by its close, which ends the call.
  stream.on('error', () => undefined);
  // Reset by its sender before it was looked at: there is nobody to answer, and no close would free a slot.
  if (stream.destroyed || stream.closed) return;
  const path = headers[':path'] ?? '';
  const refuseWith = (error: unknown): void => refuse(stream, toStatus(error, path.slice(1), log));
  if (headers['content-type']?.startsWith('application/grpc') !== true) {
    return answerUnread(stream, { ':status': 415 });
  }
  const method = methods.get(path);
  const socket = stream.session?.socket;
  const peer = socket?.remoteAddress ?? '';
  try {
    admission.admit({
      path,
      peer,
      shown: { authorization: headers.authorization, certificate: certificateOf(stream.session) },
    });
    if (method === undefined) {
      const details = `no such method: ${path}`;
      const status = { code: Code.UNIMPLEMENTED, details, metadata: new Metadata() };
      return refuse(stream, Object.assign(new Error(details), status));
    }
    const call = method.calls.begin({
      peer,
      headerBytes: STREAM_BYTES + bytesOf(headers),
      requestStream: method.requestStream,
      end: refuseWith,
    });
    if (call.isOver) return; // The budget has no room even for its headers.
    const connection = connections.of(socket);
    stream.on('close', () => call.close());
    pass();
    standBefore(stream, 'data', call, (chunk) => call.receive(chunk as Buffer));
    standBefore(stream, 'end', call, () => {
      call.complete();
      if (connection === undefined) return;
      connection.hasServed = true;
      connection.calls++;
      stream.on('close', () => connection.calls--);
    });
  } catch (error) {
    refuseWith(error);
  }
}

/** Calls `first` before the listeners of an event, which hear nothing of a call that is over. */
function standBefore(
  stream: ServerHttp2Stream,
  event: 'data' | 'end',
  call: IncomingCall,
  first: (value: unknown) => void,
): void {
  const listeners = stream.listeners(event) as ((value: unknown) => void)[];
  stream.removeAllListeners(event);
  stream.on(event, (value: unknown) => {
    first(value);
    if (!call.isOver) for (const listener of listeners) listener.call(stream, value);
  });
}

/** Certificates of the connections in use: taken apart once for each. */
const certificates = new WeakMap<Http2Session, X509Certificate | undefined>();

function certificateOf(session: Http2Session | undefined): X509Certificate | undefined {
  const socket = session?.socket;
  if (session === undefined || !(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  if (!certificates.has(session)) certificates.set(session, socket.getPeerX509Certificate());
  return certificates.get(session);
}

function bytesOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
}
