/**
 * Every sampled completion, on request (--completions): JSON Lines or Parquet in a folder, one file for each training,
 * evaluation or generation, under the name of its work. A file appears when its work is done and is a pure function of
 * it, so that a repeated request writes the same bytes again. Nothing reads the files; no result depends on them.
 */
import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Verdict } from '@soar/contracts';
import type { ParquetColumn } from '@soar/datasets/parquet-encoder';
import { asUserError, makeFolders } from '@soar/files';
import type { AnswerText } from './answers.js';
import type { Model } from './checkpoints.js';
import type { Grade } from './grading.js';

/** Completions of one prompt. */
export interface SampledGroup {
  /** Absent for prompts that are no problems. */
  readonly problemId?: string;
  readonly prompt: readonly number[];
  readonly completions: readonly AnswerText[];
  /** One for each completion; absent where nothing is graded. */
  readonly grades?: readonly Grade[];
}

/** The file of one piece of work. */
export interface CompletionFile {
  /** `step`: optimizer steps that the policy had been trained for within this work. */
  write(
    kind: 'training' | 'evaluation' | 'generation',
    step: number,
    groups: () => readonly SampledGroup[],
  ): Promise<void>;
}

const NO_FILE: CompletionFile = { write: () => Promise.resolve() };

export const COMPLETION_FORMATS = ['jsonl', 'parquet'] as const;
/** The format is the suffix of the files. */
export type CompletionFormat = (typeof COMPLETION_FORMATS)[number];

export class CompletionFiles {
  /** `folder`: undefined keeps nothing. */
  constructor(
    private readonly folder: string | undefined,
    private readonly format: CompletionFormat = 'jsonl',
  ) {}

  /** Does `work` with a file for its completions, which is kept when it succeeds. Throws UserError on a full disk. */
  async during<T>(
    name: () => string,
    { tokenizer }: Model,
    work: (file: CompletionFile) => Promise<T>,
  ): Promise<T> {
    if (this.folder === undefined) return work(NO_FILE);
    const path = `${join(this.folder, name())}.${this.format}`;
    const writing = async <R>(write: () => Promise<R>): Promise<R> => {
      try {
        return await write();
      } catch (error) {
        throw asUserError(error, path);
      }
    };
    const partial = `${path}.${randomUUID()}.partial`;
    const file = await writing(async () => {
      makeFolders(dirname(path));
      return open(partial, 'wx');
    });
    try {
      const encoder = this.format === 'parquet' ? await parquetEncoder() : new LineEncoder();
      const result = await work({
        write: async (kind, step, groups) => {
          const rows = groups().flatMap((group) => rowsOf(kind, step, group, tokenizer));
          await writing(() => file.appendFile(encoder.push(rows)));
        },
      });
      await writing(() => file.appendFile(encoder.end()));
      await writing(() => file.sync());
      await writing(() => rename(partial, path));
      return result;
    } finally {
      await file.close();
      await rm(partial, { force: true });
    }
  }
}

/** A name for work that has no id: equal for equal requests. */
export function nameOf(what: string, key: string, request: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);
  return `${key}/${what}-${hash}`;
}

/** Loaded when it is asked for: its modules are a tenth of a trainer's. */
async function parquetEncoder() {
  const { ParquetEncoder } = await import('@soar/datasets/parquet-encoder');
  return new ParquetEncoder(COLUMNS);
}

const COLUMNS: readonly ParquetColumn[] = [
  { name: 'kind', type: 'STRING' },
  { name: 'step', type: 'INT32' },
  { name: 'problem_id', type: 'STRING', nullable: true },
  { name: 'sample', type: 'INT32' },
  { name: 'prompt', type: 'STRING' },
  { name: 'completion', type: 'STRING' },
  { name: 'tokens', type: 'INT32' },
  { name: 'logprob', type: 'DOUBLE' },
  { name: 'finish', type: 'STRING' },
  { name: 'reward', type: 'DOUBLE', nullable: true },
  { name: 'verdict', type: 'STRING', nullable: true },
];

type Row = Readonly<Record<string, string | number | null>>;

/** JSON Lines, as ParquetEncoder gives bytes. */
class LineEncoder {
  push(rows: readonly Row[]): string {
    return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  }

  end(): string {
    return '';
  }
}

function rowsOf(
  kind: string,
  step: number,
  { problemId, prompt, completions, grades }: SampledGroup,
  tokenizer: Model['tokenizer'],
): Row[] {
  const text = tokenizer.decode([...prompt], { skipSpecialTokens: false });
  return completions.map(({ text: completion, tokens, logprobs, stopped }, sample) => {
    const grade = grades?.[sample];
    return {
      kind,
      step,
      problem_id: problemId ?? null,
      sample,
      prompt: text,
      completion,
      tokens: tokens.length,
      logprob: logprobs.reduce((sum, logprob) => sum + logprob, 0),
      finish: stopped ? 'stop' : 'length',
      reward: grade?.reward ?? null,
      verdict: grade === undefined ? null : Verdict[grade.verdict],
    };
  });
}
