/**
 * Connects handlers to grpc-js, for all four kinds of call.
 *
 * grpc-js passes bytes. They are parsed here, so that a malformed or invalid request is the caller's INVALID_ARGUMENT
 * and not an INTERNAL error. Pitfalls that this file handles: a bidirectional call closes when its requests are
 * iterated to their end (hence destroyOnReturn: false); writing must wait when `write` returns false; a waiting
 * handler does not notice a cancelled call unless each wait races the signal.
 */
import { create, type DescMessage, type DescMethod, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import type {
  Deadline,
  Metadata,
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import { describeViolations, validate } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import type { Log } from '@soar/telemetry';
import { type EventEmitter, once } from 'node:events';
import { asExpected, ownHeaders, type ServerBuild } from '../builds.js';
import { timed } from '../durations.js';
import type { HandlerContext } from '../service.js';
import { encode, methodName } from '../methods.js';
import { InvalidRequest, toStatus } from '../status.js';

/** What all calls of one server share. */
export interface CallEnvironment {
  /** Aborts when the server starts to drain. */
  draining: AbortSignal;
  /** Aborts when the drain time is over. */
  ended: AbortSignal;
  /** Writes one entry to the server's log. */
  log: Log;
  /** What build the server is; undefined: it does not say. */
  build?: ServerBuild | undefined;
}

type Handler = (input: unknown, context: HandlerContext) => unknown;

/** The grpc-js handler of `method`. `handler` is the function of ServiceImpl with the method's name. */
export function adapt(method: DescMethod, handler: Handler, env: CallEnvironment): UntypedHandleCall {
  const fail = (error: unknown) => toStatus(error, methodName(method), env.log);
  const parse = (bytes: Buffer) => parseRequest(method, bytes);
  const settle = <T>(call: AnyCall, work: () => Promise<T>): Promise<T> =>
    timed('serverSeconds', method, () => asExpected(method.parent.typeName, call.metadata, env.build, work));
  const respond = (value: unknown) =>
    encode(method.output, create(method.output, value as Record<string, unknown>));
  switch (method.methodKind) {
    case 'unary': {
      const unary: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
        const context = contextOf(call, method, env);
        void settle(call, async () =>
          respond(await raced(context, handler(parse(call.request), context))),
        ).then(
          (bytes) => {
            introduce(call, env);
            callback(null, bytes);
          },
          (error) => callback(fail(error)),
        );
      };
      return unary;
    }
    case 'client_streaming': {
      const clientStreaming: handleClientStreamingCall<Buffer, Buffer> = (call, callback) => {
        const context = contextOf(call, method, env);
        const requests = parsed(call.iterator({ destroyOnReturn: false }), parse);
        void settle(call, async () => respond(await raced(context, handler(requests, context)))).then(
          (bytes) => {
            introduce(call, env);
            callback(null, bytes);
          },
          (error) => callback(fail(error)),
        );
      };
      return clientStreaming;
    }
    case 'server_streaming': {
      const serverStreaming: handleServerStreamingCall<Buffer, Buffer> = (call) => {
        const context = contextOf(call, method, env);
        void settle(call, () =>
          pump(handler(parse(call.request), context), call, context, respond, () => introduce(call, env)),
        ).then(
          () => call.end(),
          (error) => call.destroyed || call.emit('error', fail(error)),
        );
      };
      return serverStreaming;
    }
    case 'bidi_streaming': {
      const bidi: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
        const context = contextOf(call, method, env);
        const requests = parsed(call.iterator({ destroyOnReturn: false }), parse);
        void settle(call, () =>
          pump(handler(requests, context), call, context, respond, () => introduce(call, env)),
        ).then(
          () => call.end(),
          (error) => call.destroyed || call.emit('error', fail(error)),
        );
      };
      return bidi;
    }
  }
}

function parseRequest(method: DescMethod, bytes: Buffer): unknown {
  let request: MessageShape<DescMessage>;
  try {
    request = fromBinary(method.input, bytes);
  } catch (error) {
    throw new UserError(`${methodName(method)}: not a ${method.input.typeName}: ${messageOf(error)}`);
  }
  const violations = validate(method.input, request);
  if (violations.length > 0) {
    throw new InvalidRequest(`${methodName(method)}: ${describeViolations(violations)}`, violations);
  }
  return request;
}

async function* parsed(
  source: AsyncIterable<Buffer>,
  parse: (bytes: Buffer) => unknown,
): AsyncGenerator<unknown> {
  for await (const bytes of source) yield parse(bytes);
}

type AnyCall = EventEmitter & {
  readonly metadata: Metadata;
  getDeadline(): Deadline;
  sendMetadata(headers: Metadata): void;
};

/** Says what build answers. Only with an answer: a call whose headers have arrived is not retried by grpc-js. */
function introduce(call: AnyCall, env: CallEnvironment): void {
  const headers = ownHeaders(env.build);
  if (headers !== undefined) call.sendMetadata(headers);
}

function contextOf(call: AnyCall, method: DescMethod, env: CallEnvironment): HandlerContext {
  const controller = new AbortController();
  // Not AbortSignal.any: the server's signal outlives its calls and would collect a dependent signal for each.
  const serverEnded = () => controller.abort(env.ended.reason);
  env.ended.addEventListener('abort', serverEnded, { once: true });
  // grpc-js emits this after every call, cancelled or not.
  call.once('cancelled', () => {
    env.ended.removeEventListener('abort', serverEnded);
    const why = `${methodName(method)}: the call ended, the caller cancelled it or its deadline passed`;
    controller.abort(new UserError(why, 'CANCELLED'));
  });
  const deadline = call.getDeadline();
  return {
    signal: controller.signal,
    draining: env.draining,
    deadlineMs: typeof deadline === 'number' ? deadline : deadline.getTime(),
    method: methodName(method),
  };
}

/**
 * `value`, or a rejection as soon as the call's signal aborts, so that a handler that ignores it cannot hold the
 * call.
 */
function raced<T>(context: HandlerContext, value: Promise<T> | T): Promise<T> {
  const { signal } = context;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Writes the items of `responses` as fast as the client reads, until either ends. */
async function pump(
  responses: unknown,
  call: EventEmitter & { write(bytes: Buffer): boolean },
  context: HandlerContext,
  respond: (value: unknown) => Buffer,
  first: () => void,
): Promise<void> {
  let written = 0;
  const iterator = (responses as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await raced(context, iterator.next());
      if (done === true) return;
      const bytes = respond(value);
      if (written++ === 0) first();
      if (!call.write(bytes)) {
        await once(call, 'drain', { signal: context.signal });
      }
    }
  } catch (error) {
    throw context.signal.aborted ? context.signal.reason : error;
  } finally {
    // Lets a generator clean up. Not awaited: a stuck one would hold the call. Errors of its cleanup are dropped.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
