/**
 * Streams of answers for curl: a POST of JSON to a method that streams is answered with one JSON text a line. Connect's
 * own form of a stream has a binary prefix before every message; it is what its clients send and get. An error before
 * the first message is the answer, with its status; a later one is the last line, `{"error":{...}}`.
 */
import type { ConnectError } from '@connectrpc/connect';
import { encodeEnvelope, transformSplitEnvelope, type UniversalHandler } from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamFromJson,
  errorToJson,
} from '@connectrpc/connect/protocol-connect';
import { MESSAGE_BYTES_MAX } from '@soar/grpc-kit';
import { json, send } from '@soar/http-kit';
import type { Call } from '../calls.js';
import { sendUniversal, universalRequest } from './universal.js';

/** Whether a request to a method that streams is plain JSON. `type`: its Content-Type, as curl may have left it. */
export function wantsLines({ method }: UniversalHandler, { request }: Call, type: string | null): boolean {
  return (
    request.method === 'POST' &&
    method.methodKind === 'server_streaming' &&
    /^application\/json\b/.test(type ?? '')
  );
}

/** Calls the method and sends its messages. `body`: of the call, with its errors in Connect's form. */
export async function sendLines(
  handler: UniversalHandler,
  call: Call,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const request = universalRequest(call, prefixed(body));
  request.header.set('content-type', 'application/connect+json');
  const { body: sent } = await handler(request);
  const { response } = call;
  const messages = transformSplitEnvelope(MESSAGE_BYTES_MAX)(sent ?? none())[Symbol.asyncIterator]();
  const first = await messages.next();
  const error = first.done === true ? undefined : errorIn(first.value);
  if (error !== undefined) {
    await messages.return?.();
    return send(response, json(errorToJson(error, undefined), codeToHttpStatus(error.code)));
  }
  const header = new Headers({ 'content-type': 'application/x-ndjson' });
  await sendUniversal({ status: 200, header, body: lines(first, messages) }, response);
}

interface Envelope {
  readonly flags: number;
  readonly data: Uint8Array;
}

/** The message of the request, once all of it is there. */
async function* prefixed(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  yield encodeEnvelope(0, Buffer.concat(chunks));
}

async function* lines(
  first: IteratorResult<Envelope>,
  messages: AsyncIterator<Envelope>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; next.done !== true; next = await messages.next()) {
      const error = errorIn(next.value);
      if (error !== undefined) yield line(JSON.stringify({ error: errorToJson(error, undefined) }));
      else if (!isEnd(next.value)) yield line(Buffer.from(next.value.data).toString('utf8'));
    }
  } finally {
    await messages.return?.();
  }
}

function errorIn(envelope: Envelope): ConnectError | undefined {
  return isEnd(envelope) ? endStreamFromJson(envelope.data).error : undefined;
}

function isEnd({ flags }: Envelope): boolean {
  return (flags & endStreamFlag) !== 0;
}

function line(text: string): Buffer {
  return Buffer.from(`${text}\n`);
}

async function* none(): AsyncGenerator<Uint8Array> {}
