/**
 * What a model is fine-tuned on: rows of `prompt` and `completion`, each a text or a list of messages, or rows of
 * `messages` alone. The names are those of TRL and of most data sets on the Hub. The files are read by @soar/datasets
 * in any of its formats; every message names file and row. Not here: tokens (encode.ts).
 */
import { UserError } from '@soar/core';
import { filesAt, readRows, type Fields, type Row } from '@soar/datasets';
import type { ChatMessage } from '@soar/prompts';

/** A text that continues a text, or a chat in which what the assistant says from message `from` on is learned. */
export type Example =
  | { readonly kind: 'text'; readonly prompt: string; readonly completion: string }
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[]; readonly from: number };

export interface ExampleAt {
  /** File and row. */
  readonly place: string;
  readonly example: Example;
}

/** Most rows that are read. */
const ROWS_MAX = 1_000_000;
const ERRORS_SHOWN_MAX = 5;
const EXPECTED = 'expected prompt and completion, or messages';

/** The examples in `paths`, in the order of the files. Throws UserError that names the rows at fault. */
export async function readExamples(paths: readonly string[], split?: string): Promise<ExampleAt[]> {
  const examples: ExampleAt[] = [];
  const errors: string[] = [];
  const choice = { split, preferred: 'train' };
  for (const path of paths) {
    for (const file of await filesAt(path, choice)) {
      for await (const row of readRows(file, choice)) {
        if (examples.length === ROWS_MAX)
          throw new UserError(
            `${row.place}: more than ${ROWS_MAX} rows; use fewer`,
            'INVALID_ARGUMENT',
            file,
          );
        try {
          examples.push({ place: row.place, example: exampleOf(row) });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          if (errors.push(`${row.place}: ${error.message}`) === ERRORS_SHOWN_MAX)
            throw refused(errors, paths);
        }
      }
    }
  }
  if (errors.length > 0) throw refused(errors, paths);
  if (examples.length === 0)
    throw new UserError(`${paths.join(', ')}: holds no rows; ${EXPECTED}`, 'INVALID_ARGUMENT', paths[0]);
  return examples;
}

function refused(errors: readonly string[], paths: readonly string[]): UserError {
  return new UserError(errors.join('\n  '), 'INVALID_ARGUMENT', paths[0]);
}

/** The example in a row. Throws UserError that names the field, but not the row. */
function exampleOf({ fields, error }: Row): Example {
  if (fields === undefined) throw new UserError(error!);
  const { prompt, completion, messages } = fields;
  if (prompt !== undefined && completion !== undefined) return promptAndCompletion(prompt, completion);
  if (messages === undefined || prompt !== undefined || completion !== undefined)
    throw new UserError(
      `${EXPECTED}; the fields are ${Object.keys(fields).join(', ') || 'none'}${hint(fields)}`,
    );
  const chat = messagesIn(messages, 'messages');
  if (!chat.some(({ role }) => role === 'assistant'))
    throw new UserError('messages: no message of the assistant, so there is nothing to learn');
  return { kind: 'chat', messages: chat, from: 0 };
}

/** Problems are no examples yet. */
function hint(fields: Fields): string {
  const isProblem = ['question', 'problem'].some((name) => name in fields);
  return isProblem ? '; "soar problems to-solutions" and "to-proposals" write problems as such rows' : '';
}

function promptAndCompletion(prompt: unknown, completion: unknown): Example {
  if (typeof prompt === 'string' && typeof completion === 'string') {
    if (completion === '') throw new UserError('completion: is empty');
    return { kind: 'text', prompt, completion };
  }
  if (typeof prompt === 'string')
    throw new UserError(
      'completion: holds messages and prompt is a text; expected both as messages or as texts',
    );
  const before = messagesIn(prompt, 'prompt');
  const learned =
    typeof completion === 'string'
      ? [{ role: 'assistant', content: completion }]
      : messagesIn(completion, 'completion');
  if (learned[0]!.role !== 'assistant')
    throw new UserError(
      `completion: begins with a message of the ${learned[0]!.role}; expected the assistant`,
    );
  return { kind: 'chat', messages: [...before, ...learned], from: before.length };
}

function messagesIn(value: unknown, name: string): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new UserError(`${name}: expected a text or a list of messages, got ${shown(value)}`);
  return value.map((item: unknown, i) => {
    const { role, content } = (typeof item === 'object' && item !== null ? item : {}) as Fields;
    const text = textOf(content);
    if (typeof role === 'string' && text !== undefined) return { role, content: text };
    throw new UserError(`${name}[${i}]: expected role and content as text, got ${shown(item)}`);
  });
}

/** The text of a message: a string, or parts that are all texts. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string' || !Array.isArray(content))
    return typeof content === 'string' ? content : undefined;
  const parts = content.map((part: unknown) => (part as { text?: unknown } | null)?.text);
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
