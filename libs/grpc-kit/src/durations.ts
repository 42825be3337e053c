/**
 * How long calls took and how they ended, as `rpc.server.call.duration` and `rpc.client.call.duration` of
 * OpenTelemetry's semantic conventions. Costs two readings of the clock where nobody reads metrics. Not here: spans,
 * which come from the gRPC instrumentation.
 */
import { attributes, measure, SERVER_ERRORS } from '@soar/telemetry';
import type { DescMethod } from '@bufbuild/protobuf';
import { methodName } from './methods.js';
import { statusName } from './status.js';

type Side = 'serverSeconds' | 'clientSeconds';

/** Runs `call` and measures it. */
export async function timed<T>(side: Side, method: DescMethod, call: () => Promise<T> | T): Promise<T> {
  const measured = start(side, method);
  try {
    const value = await call();
    measured('OK');
    return value;
  } catch (error) {
    measured(statusName(error));
    throw error;
  }
}

/** The items of `stream`, measured to its end. One that its reader leaves is CANCELLED. */
export async function* timedStream<T>(side: Side, method: DescMethod, stream: AsyncIterable<T>) {
  const measured = start(side, method);
  let status = 'CANCELLED';
  try {
    yield* stream;
    status = 'OK';
  } catch (error) {
    status = statusName(error);
    throw error;
  } finally {
    measured(status);
  }
}

function start(side: Side, method: DescMethod): (status: string) => void {
  const started = performance.now();
  return (status) => {
    // By the conventions every status but OK is an error of the client, and a few are of the server.
    const failed = side === 'serverSeconds' ? SERVER_ERRORS.includes(status) : status !== 'OK';
    measure(side, (performance.now() - started) / 1000, {
      [attributes.rpcSystem]: 'grpc',
      [attributes.rpcMethod]: methodName(method),
      [attributes.rpcStatus]: status,
      ...(failed && { [attributes.errorType]: status }),
    });
  };
}
