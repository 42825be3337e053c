/**
 * The parameters that chats and completions share, and those that are refused. Source: OpenAI's API reference of
 * /v1/chat/completions and /v1/completions. A parameter that would change an answer and that there is nothing for here
 * is refused by its name, unless it has the value that changes nothing.
 */
import { randomInt } from 'node:crypto';
import { invalid, unsupported } from './errors.js';
import type { Fields } from './fields.js';
import { checkpointOf } from './model-names.js';

/** What is asked of a model, whatever it reads. */
export interface Asked {
  /** As the client wrote it. */
  readonly model: string;
  readonly checkpoint: { readonly key: string; readonly sha256: string };
  readonly sampling: { readonly temperature: number; readonly topP: number; readonly maxNewTokens: number };
  readonly random: { readonly seed: number };
  /** Answers for each prompt. */
  readonly n: number;
  readonly stop: readonly string[];
  readonly stream: boolean;
  /** Whether a stream ends with the counts of tokens. */
  readonly includeUsage: boolean;
  /** Likely tokens beside each token, 0 for its own log-probability alone; undefined: none are asked for. */
  readonly logprobs: number | undefined;
}

/** Answers in one request: n for each prompt. */
export const ANSWERS_MAX = 1_024;
/** Answers that are streamed at a time: each is a call of its own. */
export const STREAMS_MAX = 32;
export const LIKELY_MAX = 20;
const STOPS_MAX = 16;
const STOP_BYTES_MAX = 64;
export const TOKENS_MAX = 32_768;
const SEED_MAX = 2 ** 32 - 1;

/** They change nothing of an answer. */
const IGNORED = ['user', 'metadata', 'safety_identifier', 'prompt_cache_key', 'parallel_tool_calls'];

/** Values of refused parameters that change nothing. */
const NEUTRAL: Readonly<Record<string, readonly unknown[]>> = {
  frequency_penalty: [0],
  presence_penalty: [0],
  logit_bias: [{}],
  response_format: [{ type: 'text' }],
  tools: [[]],
  tool_choice: ['none', 'auto'],
  functions: [[]],
  function_call: ['none', 'auto'],
  modalities: [['text']],
  suffix: [''],
  store: [false],
  service_tier: ['auto', 'default'],
  audio: [],
  prediction: [],
  reasoning_effort: [],
  verbosity: [],
  web_search_options: [],
};

/** `tokens`: how many an answer may have. `logprobs` as in `Asked`. */
export function readAsked(fields: Fields, tokens: number, logprobs: number | undefined): Asked {
  const model = fields.text('model');
  if (model === undefined) throw invalid('model', 'the name of a model', undefined);
  const stream = fields.flag('stream');
  const n = fields.integer('n', { min: 1, max: 128 }) ?? 1;
  const bestOf = fields.integer('best_of', { min: 1, max: 128 }) ?? n;
  if (bestOf !== n) throw unsupported('best_of', `answers are not ranked here; expected ${n}, which is n`);
  const temperature = fields.number('temperature', { min: 0, max: 10 }) ?? 1;
  const topP = fields.number('top_p', { min: 0, max: 1 }) ?? 1;
  if (topP === 0) throw invalid('top_p', 'a number above 0; temperature 0 decodes greedily', 0);
  const seed = fields.integer('seed', { min: 0, max: SEED_MAX });
  const asked = {
    model,
    checkpoint: checkpointOf(model),
    sampling: { temperature, topP, maxNewTokens: tokens },
    random: { seed: seed ?? randomInt(SEED_MAX) },
    n,
    stop: readStop(fields.any('stop')),
    stream,
    includeUsage: readStreamOptions(fields, stream),
    logprobs,
  };
  if (stream && logprobs !== undefined) checkStreamedLogprobs(asked);
  return asked;
}

/** Ends the reading: what changes nothing is accepted, the rest is refused by name. */
export function refuseRest(fields: Fields): void {
  for (const name of IGNORED) fields.any(name);
  for (const [name, neutral] of Object.entries(NEUTRAL)) {
    const value = fields.any(name);
    if (value === undefined || neutral.some((each) => JSON.stringify(each) === JSON.stringify(value)))
      continue;
    throw unsupported(name, 'it is not supported here; leave it out');
  }
  fields.end();
}

function readStop(value: unknown): string[] {
  const stop = value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
  if (stop.length > STOPS_MAX) throw invalid('stop', `at most ${STOPS_MAX} strings`, stop.length);
  return stop.map((each, i) => {
    const bytes = typeof each === 'string' ? Buffer.byteLength(each) : 0;
    if (typeof each === 'string' && bytes > 0 && bytes <= STOP_BYTES_MAX) return each;
    throw invalid(
      Array.isArray(value) ? `stop[${i}]` : 'stop',
      `a string of 1 to ${STOP_BYTES_MAX} bytes`,
      each,
    );
  });
}

function readStreamOptions(fields: Fields, stream: boolean): boolean {
  if (!fields.has('stream_options')) return false;
  if (!stream)
    throw unsupported('stream_options', 'it belongs to a stream; give stream too, or leave it out');
  const options = fields.object('stream_options');
  options.any('include_obfuscation'); // pads events against observers of their length; loopback or TLS here
  const includeUsage = options.flag('include_usage');
  options.end();
  return includeUsage;
}

/**
 * A stream has the sampler's numbers, which are those after the temperature, and no others. At 0 and 1 they are the
 * model's own, as a whole answer has them.
 */
function checkStreamedLogprobs({ sampling: { temperature }, logprobs }: Asked): void {
  if (logprobs! > 0)
    throw unsupported('logprobs', 'a stream has no likely tokens beside those it sends; leave out stream');
  if (temperature !== 0 && temperature !== 1)
    throw unsupported('logprobs', 'a stream has them at temperature 0 and 1 alone; leave out stream');
}
