/** What a model reads: a chat, texts, or texts that are tokens already. */
import { invalid, RefusedParameter, unsupported } from './errors.js';
import { Fields } from './fields.js';

export interface Message {
  readonly role: string;
  readonly content: string;
}

export type Prompts =
  | { readonly chat: readonly Message[] }
  | { readonly texts: readonly string[] }
  | { readonly tokens: readonly (readonly number[])[] };

const MESSAGES_MAX = 64;
const ROLES: readonly string[] = ['system', 'developer', 'user', 'assistant'];
const PROMPTS_MAX = 1_024;
const TOKEN_ID_MAX = 2 ** 32 - 1;

export function countOf(prompts: Prompts): number {
  if ('chat' in prompts) return 1;
  return 'texts' in prompts ? prompts.texts.length : prompts.tokens.length;
}

/** `messages` of a chat. Throws RefusedParameter, for images and calls of tools by their names. */
export function readMessages(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MESSAGES_MAX)
    throw invalid('messages', `1 to ${MESSAGES_MAX} messages`, Array.isArray(value) ? value.length : value);
  return value.map((each: unknown, i) => {
    const fields = new Fields(each, `messages[${i}]`);
    const role = fields.text('role');
    if (role === undefined || !ROLES.includes(role))
      throw invalid(fields.at('role'), `one of ${ROLES.join(', ')}`, role);
    const content = contentOf(fields.any('content'), fields.at('content'));
    for (const name of ['refusal', 'name', 'tool_calls', 'function_call', 'audio', 'tool_call_id']) {
      const given = fields.any(name);
      if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
      throw unsupported(fields.at(name), 'chat templates here know role and content; leave it out');
    }
    fields.end();
    // The newer name of the same role; templates know the older one.
    return { role: role === 'developer' ? 'system' : role, content };
  });
}

/** Text, or parts that are texts. */
function contentOf(value: unknown, at: string): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) throw invalid(at, 'a string or parts of text', value);
  return value
    .map((part: unknown, i) => {
      const fields = new Fields(part, `${at}[${i}]`);
      const type = fields.text('type');
      if (type !== 'text')
        throw unsupported(
          fields.at('type'),
          `models here read text alone, not ${JSON.stringify(type ?? '')}`,
        );
      const text = fields.text('text');
      if (text === undefined) throw invalid(fields.at('text'), 'a string', text);
      fields.end();
      return text;
    })
    .join('');
}

/** `prompt` of a completion: a text, tokens, or a list of either. */
export function readPrompts(value: unknown): Prompts {
  if (typeof value === 'string') return { texts: [nonEmpty(value, 'prompt')] };
  if (!Array.isArray(value) || value.length === 0)
    throw invalid('prompt', 'a text, token ids, or a list of either', value);
  if (value.every((each) => typeof each === 'number')) return { tokens: [tokensOf(value, 'prompt')] };
  if (value.length > PROMPTS_MAX)
    throw new RefusedParameter(
      'prompt',
      `${value.length} prompts; send at most ${PROMPTS_MAX} in a request`,
      'invalid_value',
    );
  if (typeof value[0] === 'string')
    return { texts: value.map((each: unknown, i) => nonEmpty(each, `prompt[${i}]`)) };
  return { tokens: value.map((each: unknown, i) => tokensOf(each, `prompt[${i}]`)) };
}

function nonEmpty(value: unknown, at: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(at, 'a text that is not empty', value);
}

function tokensOf(value: unknown, at: string): number[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid(at, 'token ids', value);
  return value.map((id: unknown, i) => {
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) <= TOKEN_ID_MAX) return id as number;
    throw invalid(`${at}[${i}]`, 'a token id', id);
  });
}
