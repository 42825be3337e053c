/**
 * A service as its author writes it: one async function for each method of the descriptor, with the types of that
 * method.
 *
 * unary: request -> response; server streaming: request -> async iterable; client streaming: async iterable ->
 * response; bidirectional: async iterable -> async iterable. Requests arrive parsed and validated against the rules
 * of the .proto; throwing a `UserError` ends the call with its reason. Independent of grpc-js; server/calls.ts
 * connects the two.
 */
import type { DescMessage, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';

/** What a handler knows about its call. */
export interface HandlerContext {
  /**
   * Aborts when the client cancelled, its deadline passed, the connection broke or the server's drain time is over.
   */
  readonly signal: AbortSignal;
  /** Aborts when the server starts to drain. Endless streams (Watch) must finish on it. */
  readonly draining: AbortSignal;
  /** The call's deadline, in Unix milliseconds; Infinity if the caller set none. */
  readonly deadlineMs: number;
  /** Full method name: soar.trainer.v1.TrainerService/Evaluate. */
  readonly method: string;
}

type Unary<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: HandlerContext,
) => Promise<MessageInitShape<O>>;
type ServerStreaming<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: HandlerContext,
) => AsyncIterable<MessageInitShape<O>>;
type ClientStreaming<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  context: HandlerContext,
) => Promise<MessageInitShape<O>>;
type Bidi<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  context: HandlerContext,
) => AsyncIterable<MessageInitShape<O>>;

/** The type of the handler of a method. */
type HandlerOf<M> = M extends {
  methodKind: infer Kind;
  input: infer I extends DescMessage;
  output: infer O extends DescMessage;
}
  ? Kind extends 'unary'
    ? Unary<I, O>
    : Kind extends 'server_streaming'
      ? ServerStreaming<I, O>
      : Kind extends 'client_streaming'
        ? ClientStreaming<I, O>
        : Bidi<I, O>
  : never;

/** A handler for every method of `S`. */
export type ServiceImpl<S extends DescService> = { [K in keyof S['method']]: HandlerOf<S['method'][K]> };

/** A descriptor and its implementation, paired so that a list can hold different services. */
export interface Service {
  readonly desc: DescService;
  /** Handlers by local method name, their types proven by `service`. */
  readonly handlers: Readonly<Record<string, unknown>>;
}

/** Pairs a descriptor with its implementation; the compiler checks that no method is missing. */
export function service<S extends DescService>(desc: S, impl: ServiceImpl<S>): Service {
  return { desc, handlers: impl };
}
