/** An endpoint on loopback that replies as the test says, over real HTTP. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedCall {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: { readonly model: string; readonly messages: readonly { readonly content: string }[] };
}

export interface RunningEndpoint {
  readonly url: string;
  readonly calls: AskedCall[];
  stop(): Promise<void>;
}

/** A completion with this text. */
export function completion(content: string | null, more: object = {}): string {
  const message = { role: 'assistant', content };
  return JSON.stringify({
    choices: [{ message, finish_reason: 'stop', ...more }],
    usage: { prompt_tokens: 100, completion_tokens: 10 },
  });
}

export async function startEndpoint(
  reply: (call: AskedCall, response: ServerResponse, index: number) => void,
): Promise<RunningEndpoint> {
  const calls: AskedCall[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const call = {
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: JSON.parse(text) as AskedCall['body'],
    };
    calls.push(call);
    reply(call, response, calls.length - 1);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
