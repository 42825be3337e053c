/**
 * Typed clients that call a service in their own process, without sockets, for simulations. Messages are encoded and
 * decoded as on the wire. The caller's `Transport` decides how a call is delivered: late, twice, or never. Field
 * rules are not validated here.
 */
import { create, type DescMethod, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Client } from '../client/client.js';
import type { CallOptions } from '../client/calls.js';
import type { Service } from '../service.js';

/** One call, as the transport sees it. */
export interface InProcessCall {
  readonly address: string;
  /** Local name of the method. */
  readonly method: string;
  readonly options: CallOptions;
}

/** How calls are delivered. `handle` runs the handler at the other end, as often as it is called. */
export interface Transport {
  unary<T>(call: InProcessCall, handle: (service: Service, signal: AbortSignal) => Promise<T>): Promise<T>;
  stream<T>(
    call: InProcessCall,
    handle: (service: Service, signal: AbortSignal) => AsyncIterable<T>,
  ): AsyncIterable<T>;
}

type Handler = (request: unknown, context: object) => unknown;

/** A client of `desc` at `address`, for unary calls and streams of responses. */
export function inProcessClient<S extends DescService>(
  desc: S,
  address: string,
  transport: Transport,
): Client<S> {
  const methods = desc.methods.map(
    (method) => [method.localName, callable(method, address, transport)] as const,
  );
  return {
    ...Object.fromEntries(methods),
    address,
    ready: () => Promise.resolve(),
    close: () => undefined,
  } as unknown as Client<S>;
}

function callable(method: DescMethod, address: string, transport: Transport): unknown {
  const request = (init: unknown): unknown => {
    const message = create(method.input, init as Record<string, unknown>);
    return fromBinary(method.input, toBinary(method.input, message));
  };
  const response = (init: unknown): unknown => {
    const message = create(method.output, init as Record<string, unknown>);
    return fromBinary(method.output, toBinary(method.output, message));
  };
  const handler = (service: Service): Handler => service.handlers[method.localName] as Handler;
  const context = (signal: AbortSignal): object => ({
    signal,
    draining: new AbortController().signal,
    deadlineMs: Infinity,
    method: `${method.parent.typeName}/${method.name}`,
  });
  const call = (options: CallOptions): InProcessCall => ({ address, method: method.localName, options });
  if (method.methodKind === 'unary') {
    return (init: unknown, options: CallOptions = {}) => {
      const sent = request(init); // a copy: the caller may change it later
      return transport.unary(call(options), async (service, signal) =>
        response(await handler(service)(sent, context(signal))),
      );
    };
  }
  return (init: unknown, options: CallOptions = {}) => {
    const sent = request(init);
    return transport.stream(call(options), async function* (service, signal) {
      for await (const item of handler(service)(sent, context(signal)) as AsyncIterable<unknown>)
        yield response(item);
    });
  };
}
