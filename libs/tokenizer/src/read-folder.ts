/**
 * Reads a tokenizer from a model's folder in Hugging Face layout: tokenizer.json, and beside it, where they are there,
 * tokenizer_config.json, special_tokens_map.json, generation_config.json and config.json for the special tokens.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import type { SpecialIds, TokenizerConfigJson, TokenizerJson } from './hugging-face.js';

/** Largest file read, in bytes; the largest tokenizer.json in use have about 35 MB. */
const BYTES_MAX = 256 * 1024 * 1024;

/** What a model's folder says about its tokenizer. */
export interface TokenizerFiles {
  readonly json: TokenizerJson;
  readonly config: TokenizerConfigJson;
  readonly ids: SpecialIds;
  /** Path of tokenizer.json. */
  readonly path: string;
}

/** Reads the files of `folder`. Throws UserError that names the file at fault. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const read = (name: string): Promise<Record<string, unknown> | undefined> => readJson(join(folder, name));
  const path = join(folder, 'tokenizer.json');
  const json = await read('tokenizer.json');
  if (json === undefined) {
    throw new UserError(
      `${path}: not found; expected a model folder in Hugging Face layout`,
      'NOT_FOUND',
      path,
    );
  }
  const config = { ...(await read('special_tokens_map.json')), ...(await read('tokenizer_config.json')) };
  const generation = await read('generation_config.json');
  const model = await read('config.json');
  const eosIds = idsOf(generation?.['eos_token_id']) ?? idsOf(model?.['eos_token_id']);
  const padId = idsOf(generation?.['pad_token_id'])?.[0] ?? idsOf(model?.['pad_token_id'])?.[0];
  const ids = { ...(eosIds === undefined ? {} : { eosIds }), ...(padId === undefined ? {} : { padId }) };
  return { json, config, ids, path };
}

/** One id or a list of them, as both files write them; undefined when it is neither. */
function idsOf(value: unknown): number[] | undefined {
  const list = (Array.isArray(value) ? value : [value]) as unknown[];
  const ids = list.filter((id): id is number => Number.isSafeInteger(id) && (id as number) >= 0);
  return ids.length === 0 ? undefined : ids;
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    const bytes = await readFile(path);
    if (bytes.length > BYTES_MAX)
      throw new UserError(`${path}: ${bytes.length} bytes; expected at most ${BYTES_MAX}`);
    text = bytes.toString('utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${path}: cannot be read: ${messageOf(error)}`, 'FAILED_PRECONDITION', path, {
      cause: error,
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    throw new UserError(`${path}: malformed JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', basename(path), {
      cause: error,
    });
  }
  throw new UserError(`${path}: expected a JSON object`, 'INVALID_ARGUMENT', basename(path));
}
