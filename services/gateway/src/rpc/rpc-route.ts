/**
 * The route of the contracts' calls: POST /package.Service/Method, by Connect (JSON or binary) and gRPC-Web; GET too
 * where a method has no side effects; streams as lines of JSON too. It is the last route: what is no call is told which
 * there are.
 */
import { Code } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { MESSAGE_BYTES_MAX } from '@soar/grpc-kit';
import { type Answer, json, send } from '@soar/http-kit';
import type { Backends } from '../backends.js';
import type { Call } from '../calls.js';
import type { Route } from '../routes.js';
import { connectError, failure, plainFailure } from './errors.js';
import { handlersOf, type HandlerOptions } from './handlers.js';
import { sendLines, wantsLines } from './json-lines.js';
import { sendUniversal, universalRequest } from './universal.js';

export function rpcRoute(backends: Backends, options: HandlerOptions): Route {
  const handlers = handlersOf(backends, options);
  const paths = [...handlers.keys()];
  return {
    matches: () => true,
    async refuse(call, error) {
      const handler = handlers.get(call.path);
      if (handler === undefined) send(call.response, failure(error));
      else await callMethod(handler, { ...call, refusal: error }, options);
    },
    async handle(call) {
      const { path, request, response } = call;
      const handler = handlers.get(path);
      if (handler !== undefined) await callMethod(handler, call, options);
      else if (path === '/' && request.method === 'GET') send(response, json({ methods: paths }));
      else send(response, unknownPath(path, paths));
    },
  };
}

async function callMethod(handler: UniversalHandler, call: Call, { log }: HandlerOptions): Promise<void> {
  const { request, response } = call;
  const bytes = Number(request.headers['content-length'] ?? 0);
  if (bytes > MESSAGE_BYTES_MAX && call.refusal === undefined) return send(response, tooLarge(bytes));
  const body = withConnectErrors(call.body, log);
  const universal = universalRequest(call, body);
  if (wantsLines(handler, call, universal.header.get('content-type'))) return sendLines(handler, call, body);
  const found = await handler(universal);
  if (response.destroyed) return void found.body?.[Symbol.asyncIterator]().return?.();
  if (found.status === 415) return send(response, wrongType(handler, request.headers['content-type']));
  if (found.status === 405) return send(response, wrongVerb(handler, request.method));
  await sendUniversal(found, response);
}

async function* withConnectErrors(
  body: AsyncIterable<Uint8Array>,
  log: (line: string) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw connectError(error, log);
  }
}

function unknownPath(path: string, paths: readonly string[]): Answer {
  const parts = path.split('/');
  const parent = parts.slice(0, -1).join('/');
  const methods = paths.filter((each) => each.startsWith(`${parent}/`) && parent !== '');
  const services = [...new Set(paths.map((each) => each.slice(0, each.lastIndexOf('/'))))];
  const whose = services.filter((each) => each.endsWith(parent) && parent !== '');
  const there =
    methods.length > 0
      ? `Its methods: ${methods.map((each) => each.slice(parent.length + 1)).join(', ')}`
      : `There are ${(whose.length > 0 ? whose : services).map((each) => `${each}/...`).join(', ')}`;
  return plainFailure(404, Code.Unimplemented, `no such method: ${path.slice(0, 200)}. ${there}`);
}

function wrongType({ method }: UniversalHandler, type = ''): Answer {
  const expected =
    method.methodKind === 'unary'
      ? 'application/json, application/proto or application/grpc-web'
      : 'application/json, application/connect+json, application/connect+proto or application/grpc-web';
  const got = JSON.stringify(type.slice(0, 200));
  return plainFailure(415, Code.Unknown, `Content-Type: expected ${expected}; got ${got}`);
}

function wrongVerb({ allowedMethods, method }: UniversalHandler, verb = ''): Answer {
  const verbs = [...new Set(allowedMethods)];
  const answer = plainFailure(
    405,
    Code.Unknown,
    `${method.name}: expected ${verbs.join(' or ')}, got ${verb}`,
  );
  return { ...answer, headers: { allow: verbs.join(', ') } };
}

/** Connect has one code for this and for a server without room, with the status of the latter. */
function tooLarge(bytes: number): Answer {
  const message = `a body of ${bytes} bytes; at most ${MESSAGE_BYTES_MAX} are accepted. Send less in one call`;
  return plainFailure(413, Code.ResourceExhausted, message);
}
