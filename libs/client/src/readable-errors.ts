/** A transport whose errors are readable, and whose streams end when they fall silent. */
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { SoarError } from './error.js';

/** Streams of the services send something every 5 s. */
const SILENCE_MS_MAX = 60_000;

/**
 * Throws SoarErrors, whoever ended the call: the service, the connection, the deadline or the caller. `host`: of the
 * gateway, for messages.
 */
export function withReadableErrors({ unary, stream }: Transport, host: string): Transport {
  return {
    async unary(method, ...rest) {
      try {
        return await unary(method, ...rest);
      } catch (error) {
        throw readable(error, `${method.parent.typeName}/${method.name} at ${host}`);
      }
    },
    async stream(method, ...rest) {
      const place = `${method.parent.typeName}/${method.name} at ${host}`;
      try {
        const response = await stream(method, ...rest);
        return { ...response, message: heard(response.message, place) };
      } catch (error) {
        throw readable(error, place);
      }
    },
  };
}

async function* heard<T>(messages: AsyncIterable<T>, place: string): AsyncGenerator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await withoutSilence(iterator.next(), place);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw readable(error, place);
  } finally {
    await iterator.return?.();
  }
}

async function withoutSilence<T>(next: Promise<T>, place: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    const message = `${place}: no message for ${SILENCE_MS_MAX} ms`;
    timer = setTimeout(() => reject(SoarError.of(message, Code.Unavailable)), SILENCE_MS_MAX);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch` says of a connection that failed or broke only that it did, as a TypeError. */
function readable(error: unknown, place: string): SoarError {
  if (error instanceof SoarError) return error;
  const cause = error instanceof ConnectError ? error.cause : error;
  if (error instanceof ConnectError && !(cause instanceof TypeError) && cause !== CUT_OFF)
    return SoarError.from(error);
  const why = cause instanceof Error ? [cause.message, ...reasonsOf(cause.cause)].join(': ') : String(cause);
  return SoarError.of(`${place}: not reachable (${why}). Is the gateway running there?`, Code.Unavailable);
}

/** What Connect says of a stream without its last message: the connection broke. */
const CUT_OFF = 'missing EndStreamResponse';

function reasonsOf(cause: unknown): string[] {
  return cause instanceof Error ? [cause.message] : [];
}
