/**
 * The chat template of a model's folder: a Jinja text that lays the messages of a chat out as the model was trained to
 * read them. It lies in chat_template.jinja (transformers 5) or in tokenizer_config.json, there as a text or as a list
 * of named ones, of which "default" is taken.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '@soar/core';

/** A message of a chat, as templates read it. */
export interface ChatMessage {
  /** "system", "user", "assistant". */
  readonly role: string;
  readonly content: string;
}

export interface ChatTemplate {
  /** The Jinja text. */
  readonly source: string;
  /** The file that it lies in. */
  readonly where: string;
  /** Texts of the special tokens that templates name; empty where the folder names none. */
  readonly bosToken: string;
  readonly eosToken: string;
}

/** Longest template, in bytes; the longest in use have some 30 kB. */
const BYTES_MAX = 1024 * 1024;
/** Largest tokenizer_config.json, in bytes: it may list every added token. */
const CONFIG_BYTES_MAX = 64 * 1024 * 1024;

/** The chat template of `folder`; undefined when it has none. Throws UserError that names the file. */
export async function readChatTemplate(folder: string): Promise<ChatTemplate | undefined> {
  const configPath = join(folder, 'tokenizer_config.json');
  const config = parse(await readText(configPath, CONFIG_BYTES_MAX), configPath);
  const tokens = { bosToken: tokenText(config['bos_token']), eosToken: tokenText(config['eos_token']) };
  const path = join(folder, 'chat_template.jinja');
  const own = await readText(path, BYTES_MAX);
  if (own !== undefined) return { source: own, where: path, ...tokens };
  const source = defaultOf(config['chat_template'], configPath);
  return source === undefined ? undefined : { source, where: `${configPath}: chat_template`, ...tokens };
}

function defaultOf(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  const named = Array.isArray(value) ? (value as { name?: unknown; template?: unknown }[]) : [];
  const found = named.find((each) => each?.name === 'default')?.template;
  if (typeof found === 'string') return found;
  throw new UserError(
    `${path}: chat_template: expected a text, or a list of {name, template} with one called "default"`,
    'INVALID_ARGUMENT',
    path,
  );
}

/** A token as tokenizer_config.json writes it: its text, or an object with its text. */
function tokenText(value: unknown): string {
  if (typeof value === 'string') return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' ? content : '';
}

function parse(text: string | undefined, path: string): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw new UserError(`${path}: malformed JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', path, {
      cause: error,
    });
  }
  throw new UserError(`${path}: expected a JSON object`, 'INVALID_ARGUMENT', path);
}

async function readText(path: string, bytesMax: number): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    if (bytes.length <= bytesMax) return bytes.toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${path}: cannot be read: ${messageOf(error)}`, 'FAILED_PRECONDITION', path, {
      cause: error,
    });
  }
  throw new UserError(`${path}: more than ${bytesMax} bytes`, 'INVALID_ARGUMENT', path);
}
