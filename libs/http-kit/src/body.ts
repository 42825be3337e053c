/** The body of a request, with a bound. How long it may take is a setting of the server. */
import { UserError } from '@soar/core';
import type { IncomingMessage } from 'node:http';

/** The whole body as text. Throws UserError above `bytesMax`; what is left of it is not read. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw new UserError(`the body is longer than ${bytesMax} bytes`, 'INVALID_ARGUMENT');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
