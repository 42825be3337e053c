/**
 * Node's request and response as Connect's handlers take and give them. Connect's own adapter for Node is not used: it
 * wants a newer Node than this software, counts no memory, and waits for ever for a client that does not read.
 */
import { createContextKey, createContextValues } from '@connectrpc/connect';
import type { UniversalServerRequest, UniversalServerResponse } from '@connectrpc/connect/protocol';
import type { ServerResponse } from '@soar/http-kit';
import { once } from 'node:events';
import type { Call } from '../calls.js';

/** Longest time in which a client takes nothing of an answer. */
const STALLED_MS_MAX = 60_000;
/** What curl says unless told otherwise. The body is JSON all the same; a page cannot use it (origins.ts). */
const FORM = 'application/x-www-form-urlencoded';

/** The call that a handler of Connect's handles. */
export const CALL = createContextKey<Call | undefined>(undefined);

/** `body`: of the call, with its errors in Connect's form. */
export function universalRequest(call: Call, body: AsyncIterable<Uint8Array>): UniversalServerRequest {
  const { request, signal, path, query } = call;
  const header = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    for (const each of [value ?? []].flat()) header.append(name, each);
  const type = header.get('content-type');
  if (request.method === 'POST' && (type === null || type === FORM))
    header.set('content-type', 'application/json');
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  return {
    httpVersion: request.httpVersion,
    method: request.method ?? '',
    url: `http://gateway${path}${search}`,
    header,
    body,
    signal,
    contextValues: createContextValues().set(CALL, call),
  };
}

/** Sends what a handler gave, as fast as the client reads. */
export async function sendUniversal(
  { status, header, body }: UniversalServerResponse,
  response: ServerResponse,
): Promise<void> {
  const chunks = body?.[Symbol.asyncIterator]();
  try {
    for (const [name, value] of header ?? []) response.setHeader(name, value);
    response.writeHead(status);
    response.flushHeaders();
    for (
      let next = await chunks?.next();
      next !== undefined && next.done !== true;
      next = await chunks?.next()
    ) {
      if (!response.write(next.value)) await drained(response);
      if (response.destroyed) return;
    }
    response.end();
  } finally {
    // Ends the call to the service where the client has left.
    await chunks?.return?.();
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once('close', onClose);
  const timer = setTimeout(() => response.destroy(), STALLED_MS_MAX);
  try {
    if (!response.destroyed) await once(response, 'drain', { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    response.off('close', onClose);
  }
}
