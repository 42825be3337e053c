/**
 * Connect's handlers of every method: each passes its message to the service behind it, with the caller's token, trace
 * and deadline, and ends when the caller does. Messages are checked where their rules are: by the services.
 */
import {
  Code,
  ConnectError,
  createConnectRouter,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import type { DescService } from '@soar/contracts';
import { UserError } from '@soar/core';
import { type CallOptions, MESSAGE_BYTES_MAX } from '@soar/grpc-kit';
import { withCarrier } from '@soar/telemetry';
import type { Backends, Served } from '../backends.js';
import { connectError } from './errors.js';
import { CALL } from './universal.js';

/** Longest deadline that a caller may name: a day, as for the streams of the services. */
const DEADLINE_MS_MAX = 24 * 60 * 60 * 1000;

export interface HandlerOptions {
  /** Aborts when the gateway begins to stop. */
  readonly draining: AbortSignal;
  readonly log: (line: string) => void;
}

/** Handlers by path. */
export function handlersOf(
  { served }: Backends,
  options: HandlerOptions,
): ReadonlyMap<string, UniversalHandler> {
  const handlers = new Map<string, UniversalHandler>();
  for (const each of served) {
    const router = createConnectRouter({
      grpc: false, // by the services themselves
      // A field that does not exist is a mistake, and is named; an answer has all of its fields, empty lists too.
      jsonOptions: { ignoreUnknownFields: false, alwaysEmitImplicit: true },
      readMaxBytes: MESSAGE_BYTES_MAX,
      maxTimeoutMs: DEADLINE_MS_MAX,
      // A call that may not be made is refused in the form of its protocol.
      requestGate: ({ values }) => {
        const refusal = values.get(CALL)?.refusal;
        if (refusal !== undefined) throw connectError(refusal, options.log);
      },
    });
    router.service(each.desc, implementationOf(each, options));
    for (const handler of router.handlers)
      handlers.set(each.isOfEach ? `/${each.backend}${handler.requestPath}` : handler.requestPath, handler);
  }
  return handlers;
}

function implementationOf({ desc, client }: Served, options: HandlerOptions): ServiceImpl<DescService> {
  const methods = client as unknown as Readonly<Record<string, Forward>>;
  return Object.fromEntries(
    desc.methods.map(({ localName, methodKind }) => {
      const forward = methods[localName]!;
      const isStream = methodKind === 'server_streaming';
      return [localName, isStream ? streamHandler(forward, options) : unaryHandler(forward, options)];
    }),
  ) as ServiceImpl<DescService>;
}

/** A method of a client. */
type Forward = (message: object, options: CallOptions) => unknown;

function unaryHandler(forward: Forward, options: HandlerOptions) {
  return async (message: object, context: HandlerContext): Promise<unknown> => {
    const headers = forwarded(context);
    try {
      return await withCarrier(headers, () => forward(message, callOptions(context, headers)));
    } catch (error) {
      throw failed(error, context, options);
    }
  };
}

function streamHandler(forward: Forward, options: HandlerOptions) {
  return async function* (message: object, context: HandlerContext): AsyncGenerator<unknown> {
    const headers = forwarded(context);
    const sent = forward(message, callOptions(context, headers, options.draining)) as AsyncIterable<unknown>;
    const messages = sent[Symbol.asyncIterator]();
    try {
      for (;;) {
        // The call begins with the first of them.
        const next = await withCarrier(headers, () => messages.next());
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      throw failed(error, context, options);
    } finally {
      await messages.return?.();
    }
  };
}

function callOptions(
  context: HandlerContext,
  headers: Readonly<Record<string, string>>,
  ...ends: readonly AbortSignal[]
): CallOptions {
  const deadlineMs = context.timeoutMs();
  const signal = [context.signal, ...ends];
  return { signal, headers, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
}

function forwarded({ values }: HandlerContext): Readonly<Record<string, string>> {
  return values.get(CALL)?.headers ?? {};
}

/** What the caller is told. Its own end, its deadline and the gateway's end reach the service as a cancellation. */
function failed(
  error: unknown,
  { signal, method }: HandlerContext,
  { draining, log }: HandlerOptions,
): ConnectError {
  // Two clocks run, Connect's and gRPC's; whichever is first, the caller is told the same.
  const isLate =
    (signal.aborted && ConnectError.from(signal.reason).code === Code.DeadlineExceeded) ||
    (error instanceof UserError && error.message.includes('no answer within the deadline'));
  if (isLate)
    return new ConnectError(
      `${method.parent.typeName}/${method.name}: no answer within the deadline; a longer one: Connect-Timeout-Ms`,
      Code.DeadlineExceeded,
    );
  if (draining.aborted && !signal.aborted)
    return new ConnectError('the gateway is stopping; call again', Code.Unavailable);
  return connectError(error, log);
}
