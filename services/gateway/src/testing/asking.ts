/** Requests of HTTP with exactly the given headers, as no browser would send them, for tests. */
import assert from 'node:assert/strict';
import { type OutgoingHttpHeaders, request } from 'node:http';

const ANSWER_MS_MAX = 20_000;

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** An error in Connect's JSON. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly type: string; readonly debug?: unknown }[];
}

export interface Asking {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Its text, or a value that is sent as JSON. */
  readonly body?: unknown;
}

/** `address`: HOST:PORT. A POST unless told otherwise. */
export function ask(address: string, path: string, { method = 'POST', headers, body = {} }: Asking = {}) {
  const [host, port] = address.split(':');
  return new Promise<Reply>((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const json = { 'content-type': 'application/json' };
    const options = { host, port, path, method, headers: { ...json, ...headers }, agent: false, signal };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response
        .on('error', reject)
        .on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    sent.on('error', reject);
    if (method === 'POST') sent.write(typeof body === 'string' ? body : JSON.stringify(body));
    sent.end();
  });
}

/** The error that a reply is. */
export function failureOf({ status, text }: Reply, expectedStatus: number): Failure {
  assert.equal(status, expectedStatus, text);
  return JSON.parse(text) as Failure;
}
