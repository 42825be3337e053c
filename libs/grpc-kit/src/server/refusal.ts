/**
 * The answer to a call that is refused before grpc-js sees it: a status in the response's only header block, then
 * RST_STREAM with NO_ERROR, by which HTTP/2 asks the caller to stop sending (RFC 9113, 8.1). Nothing of the body is
 * kept, and the stream is free again. Source of the form: "Trailers-Only" in
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { CallStatus } from '../status.js';

/**
 * Answers with `status` and ends the stream, which closes in the next turn of the event loop. A stream that has an
 * answer already is only ended.
 */
export function refuse(stream: ServerHttp2Stream, status: CallStatus): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_CANCEL);
    return;
  }
  answerUnread(stream, {
    ':status': 200,
    'content-type': 'application/grpc+proto',
    'grpc-status': String(status.code),
    'grpc-message': percentEncoded(status.details),
    ...status.metadata.toHttp2Headers(),
  });
}

/**
 * Answers with headers alone, and closes the stream when they are sent, in the next turn of the event loop: Node
 * 22.23.3 and 22.23.5 drop headers that still wait when their stream is closed. Nobody else can answer it in between.
 */
export function answerUnread(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  stream.respond(headers, { endStream: true });
  stream.respond = () => undefined;
  setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
}

/** Names of methods come from the caller: whatever is not printable ASCII becomes a question mark. */
function percentEncoded(text: string): string {
  return encodeURI(text.replace(/[^ -~]/g, '?'));
}
