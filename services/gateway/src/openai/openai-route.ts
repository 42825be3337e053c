/**
 * The endpoints of OpenAI's API that a trainer can answer for, below /v1: chat completions, completions and models. A
 * client of theirs works with the address of the gateway and /v1 as its base URL. The caller's token goes on to the
 * trainer, which decides. Not here: what needs a memory between requests, tools, images, audio and embeddings.
 */
import { UserError } from '@soar/core';
import { json, send } from '@soar/http-kit';
import { TrainerService } from '@soar/contracts';
import type { Backends } from '../backends.js';
import type { Call } from '../calls.js';
import type { Route } from '../routes.js';
import { type Answering, answer } from './answering.js';
import { chats } from './chats.js';
import { completions } from './completions.js';
import { failure, RefusedParameter } from './errors.js';
import { Fingerprint } from './fingerprint.js';
import { listModels, showModel } from './models.js';
import type { TrainerCalls } from './trainer-calls.js';

export interface OpenAiOptions {
  /** How long a whole answer may take, and the silence in a stream. */
  readonly deadlineMs: number;
  readonly log: (line: string) => void;
}

const BODY_BYTES_MAX = 8 * 1024 * 1024;
const MODEL_PATH = '/v1/models/';

/** Where prompts are answered. */
const ANSWERED: Readonly<Record<string, (body: unknown, answering: Answering) => Promise<void>>> = {
  '/v1/chat/completions': (body, answering) => answer(chats, body, answering),
  '/v1/completions': (body, answering) => answer(completions, body, answering),
};

/** Throws UserError where there is no trainer. */
export function openAiRoute(backends: Backends, { deadlineMs, log }: OpenAiOptions): Route {
  const [client, build] = [backends.client(TrainerService), backends.buildOf('trainer')];
  if (client === undefined || build === undefined)
    throw new UserError('gateway: --openai needs --trainer, the address of the trainer that answers');
  const fingerprint = new Fingerprint(build);
  return {
    matches: (path) => path === '/v1' || path.startsWith('/v1/'),
    refuse: ({ response }, error) => Promise.resolve(send(response, failure(error))),
    async handle(call) {
      const { request, response, path, signal, headers } = call;
      const trainer: TrainerCalls = { client, options: { signal, headers, deadlineMs } };
      const answered = ANSWERED[path];
      if (answered !== undefined) {
        requireMethod(call, 'POST');
        const body = await readJson(call);
        await answered(body, {
          trainer,
          response,
          fingerprint: await fingerprint.of({ signal, headers }),
          log,
        });
        return;
      }
      if (path !== '/v1/models' && !path.startsWith(MODEL_PATH)) throw unknownPath(request.method, path);
      requireMethod(call, 'GET');
      const found =
        path === '/v1/models' ? listModels(trainer) : showModel(path.slice(MODEL_PATH.length), trainer);
      send(response, json(await found));
    },
  };
}

function requireMethod({ request: { method }, path }: Call, expected: string): void {
  if (method === expected) return;
  throw new RefusedParameter('method', `${method} ${path}: expected ${expected}`, 'method_not_allowed', 405);
}

function unknownPath(method: string | undefined, path: string): RefusedParameter {
  const known = [...Object.keys(ANSWERED).map((each) => `POST ${each}`), 'GET /v1/models'];
  return new RefusedParameter(
    'path',
    `${method} ${path.slice(0, 200)}: expected ${known.join(', ')}`,
    'unknown_url',
    404,
  );
}

async function readJson({ request, body }: Call): Promise<unknown> {
  const tooLarge = (bytes: number): RefusedParameter =>
    new RefusedParameter(
      'body',
      `${bytes} bytes, expected at most ${BODY_BYTES_MAX}; send fewer prompts in a request`,
      'body_too_large',
      413,
    );
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > BODY_BYTES_MAX) throw tooLarge(announced);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw tooLarge(bytes);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`the body is no JSON: ${error.message}`, 'INVALID_ARGUMENT', 'body', {
      cause: error,
    });
  }
}
