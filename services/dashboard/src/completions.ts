/**
 * What students wrote, from the files that trainers leave on request (their --completions, JSON Lines): the texts of
 * one optimizer step, or of the final evaluation. The services keep no texts themselves. The folder is shared with the
 * trainers; a training's file is there once it is done. What a file holds is a model's, and is checked line by line.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf, UserError } from '@soar/core';
import type { Completion, Completions } from '@soar/page';

/** Completions that are sent. */
const ROWS_MAX = 256;
const TEXT_CHARS_MAX = 20_000;
/** Of a file that is read: the rows of a step are found by reading those before it. */
const BYTES_MAX = 256 * 1024 * 1024;

/** `training`: its id. `step`: of the optimizer; undefined: its evaluation. Throws NOT_FOUND. */
export async function readCompletions(
  folder: string,
  training: string,
  step: number | undefined,
): Promise<Completions> {
  const path = join(folder, `${training}.jsonl`);
  const rows: Completion[] = [];
  let found = 0;
  const input = createReadStream(path, { encoding: 'utf8', end: BYTES_MAX });
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const row = parsed(line);
      if (row === undefined) continue;
      const isWanted =
        step === undefined ? row.kind === 'evaluation' : row.kind === 'training' && row.step === step;
      if (!isWanted && found > 0) break; // rows of one step stand together
      if (!isWanted) continue;
      found++;
      if (rows.length < ROWS_MAX) rows.push(completionOf(row));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new UserError(
        `${path}: cannot be read: ${messageOf(error)}`,
        'FAILED_PRECONDITION',
        'completions',
      );
    throw new UserError(
      `training ${training}: no completions of it are in the folder; they are written when it is done`,
      'NOT_FOUND',
      'completions',
    );
  } finally {
    input.destroy();
  }
  return { completions: rows, more: found - rows.length };
}

type Row = Readonly<Record<string, unknown>>;

/** Undefined for a line that is no object: a file may be cut off at the bound. */
function parsed(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Row) : undefined;
  } catch {
    return undefined;
  }
}

function completionOf(row: Row): Completion {
  const text = (name: string): string => {
    const value = row[name];
    return typeof value === 'string' ? value.slice(0, TEXT_CHARS_MAX) : '';
  };
  const number = (name: string): number | undefined => {
    const value = row[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const reward = number('reward');
  return {
    problem: text('problem_id'),
    prompt: text('prompt'),
    completion: text('completion'),
    tokens: number('tokens') ?? 0,
    finish: text('finish'),
    verdict: text('verdict'),
    ...(reward === undefined ? {} : { reward }),
  };
}
