/**
 * Errors as OpenAI's clients read them: {"error": {message, type, param, code}}, with the status that decides whether
 * they try again. They repeat 429 and 5xx by themselves, so only what may go better later has such a status. Source:
 * the error object of OpenAI's API reference.
 */
import { Overloaded, UserError } from '@soar/core';
import { type Answer, json, statusOf } from '@soar/http-kit';

/** A request that is refused for one of its parameters. */
export class RefusedParameter extends UserError {
  constructor(
    /** As the client wrote it: `messages[0].content`. */
    readonly param: string,
    what: string,
    readonly code: string,
    readonly status = 400,
  ) {
    super(`${param}: ${what}`, 'INVALID_ARGUMENT', param);
  }
}

export function invalid(param: string, expected: string, got: unknown): RefusedParameter {
  return new RefusedParameter(param, `expected ${expected}, got ${shown(got)}`, 'invalid_value');
}

export function unsupported(param: string, what: string): RefusedParameter {
  return new RefusedParameter(param, what, 'unsupported_parameter');
}

/** A value in a message: short, and on one line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

export function failure(error: unknown): Answer {
  const { status, ...body } = errorOf(error);
  const retryAfterMs = error instanceof Overloaded ? error.retryAfterMs : undefined;
  const answer = json({ error: body }, status);
  if (retryAfterMs === undefined) return answer;
  return { ...answer, headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) } };
}

interface ApiError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** The error object, and its status. What is no UserError is a bug, of which a caller learns nothing. */
export function errorOf(error: unknown): ApiError {
  if (!(error instanceof UserError)) {
    const message = 'a bug in the gateway; its log says more';
    return { status: 500, message, type: 'server_error', param: null, code: 'internal_error' };
  }
  if (error instanceof RefusedParameter) {
    const { status, message, param, code } = error;
    return { status, message, type: 'invalid_request_error', param, code };
  }
  const status = statusFor(error);
  const param = parameterOf(error.where);
  const { message } = error;
  if (error.reason === 'NOT_FOUND') return modelNotFound(`${message}. GET /v1/models lists the models`);
  return { status, message, type: typeOf(status), param, code: codeOf(error, status) };
}

function modelNotFound(message: string): ApiError {
  return { status: 404, message, type: 'invalid_request_error', param: 'model', code: 'model_not_found' };
}

/** 409 would be tried again; so would 429, which is left to what is full only now. */
function statusFor(error: UserError): number {
  if (error.reason === 'RESOURCE_EXHAUSTED') return error instanceof Overloaded ? 429 : 400;
  const status = statusOf(error);
  return status === 409 ? 400 : status;
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function codeOf({ reason }: UserError, status: number): string {
  if (status === 401) return 'invalid_api_key';
  if (status === 429) return 'rate_limit_exceeded';
  return reason.toLowerCase();
}

/** Fields of the contracts by the parameter that they came from. */
const PARAMETERS: readonly (readonly [RegExp, string])[] = [
  [/^checkpoint/, 'model'],
  [/^chats?\b|^prompt\.messages/, 'messages'],
  [/^prompt|^texts|^token_ids/, 'prompt'],
  [/^samples_per_prompt/, 'n'],
  [/^sampling\.max_new_tokens/, 'max_tokens'],
  [/^sampling\.(temperature|top_p)/, '$1'],
  [/^(stop)\b/, '$1'],
  [/^random/, 'seed'],
  [/^top\b/, 'top_logprobs'],
];

function parameterOf(where = ''): string | null {
  for (const [field, param] of PARAMETERS) {
    const found = field.exec(where);
    if (found !== null) return param === '$1' ? found[1]! : param;
  }
  return null;
}
