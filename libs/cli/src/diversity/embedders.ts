/**
 * Where the embeddings of questions come from: the hidden states of a model on a local trainer, an endpoint, or a file
 * that something else wrote. Each gives one vector a text, in their order.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { TrainerService } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { createClient } from '@soar/grpc-kit';
import { type EmbeddingSettings, embedTexts, vectorOf } from '@soar/judge';
import { isArtifactFolder } from '@soar/store';
import { embeddingsKey } from '../config.js';
import { computeOf, type ComputeFlags } from '../commands/compute-flags.js';
import { OUT_DEFAULT } from '../evaluate-model.js';
import { importModel } from '../import-model.js';
import type { Progress } from '../progress.js';
import { Supervisor } from '../supervisor.js';

export type Embed = (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;

const CALL_TEXTS = 256;
const CALL_DEADLINE_MS = 3_600_000;

/** Mean hidden states of the last layer of a model. `work` has them while the trainer runs. */
export async function withModel<T>(
  { model, artifacts, ...compute }: ComputeFlags & { readonly model: string; readonly artifacts: string },
  progress: Progress,
  work: (embed: Embed) => Promise<T>,
): Promise<T> {
  const checkpoint = await importModel(artifacts, model);
  const out = isArtifactFolder(artifacts) ? artifacts : OUT_DEFAULT;
  return Supervisor.during(
    { ...computeOf(compute), names: ['verifier', 'trainer'], out, artifacts },
    async ({ addresses }, signal) => {
      const trainer = createClient(TrainerService, addresses.trainer);
      try {
        return await work(async (texts) => {
          const all: number[][] = [];
          for (let from = 0; from < texts.length; from += CALL_TEXTS) {
            const part = texts.slice(from, from + CALL_TEXTS);
            const call = { checkpoint, texts: part, compute: { threads: compute.threads ?? 1 } };
            const { embeddings } = await trainer.embed(call, { deadlineMs: CALL_DEADLINE_MS, signal });
            all.push(...embeddings.map(({ values }) => values));
            progress.update({
              activity: 'embedding',
              done: all.length,
              total: texts.length,
              unit: 'questions',
            });
          }
          return all;
        });
      } finally {
        progress.clear();
        trainer.close();
      }
    },
  );
}

export function fromEndpoint(settings: EmbeddingSettings, progress: Progress, signal?: AbortSignal): Embed {
  return async (texts) => {
    const onEmbedded = (done: number): void =>
      progress.update({
        activity: `embedded by ${settings.model}`,
        done,
        total: texts.length,
        unit: 'questions',
      });
    try {
      return await embedTexts(settings, texts, {
        key: embeddingsKey(),
        onEmbedded,
        ...(signal && { signal }),
      });
    } finally {
      progress.clear();
    }
  };
}

const ROWS_MAX = 1_000_000;
const LINE_CHARS_MAX = 4 * 1024 * 1024;

/** Vectors of a file: JSON Lines of {"text", "embedding"}. Throws UserError with the line. */
export async function fromFile(file: string): Promise<Embed> {
  const byText = new Map<string, readonly number[]>();
  let [row, width] = [0, 0];
  const wrong = (what: string): UserError =>
    new UserError(`${file}:${row}: ${what}`, 'INVALID_ARGUMENT', file);
  const stream = createReadStream(file, 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      row++;
      if (row > ROWS_MAX || line.length > LINE_CHARS_MAX)
        throw wrong(`expected at most ${ROWS_MAX} rows of ${LINE_CHARS_MAX} characters`);
      if (line.trim() === '') continue;
      const { text, embedding } = rowOf(line) ?? {};
      const vector = vectorOf(embedding);
      if (typeof text !== 'string' || vector === undefined)
        throw wrong('expected {"text": "...", "embedding": [finite numbers]}');
      width ||= vector.length;
      if (vector.length !== width) throw wrong(`expected ${width} numbers as before, got ${vector.length}`);
      byText.set(text, vector);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, 'NOT_FOUND', file);
  }
  return (texts) => {
    const missing = texts.filter((text) => !byText.has(text));
    if (missing.length > 0)
      throw new UserError(
        `${file}: no embedding of ${missing.length} of ${texts.length} questions; the first is ` +
          JSON.stringify(missing[0]!.slice(0, 200)),
        'INVALID_ARGUMENT',
        file,
      );
    return Promise.resolve(texts.map((text) => byText.get(text)!));
  };
}

function rowOf(line: string): { text?: unknown; embedding?: unknown } | undefined {
  try {
    const row: unknown = JSON.parse(line);
    return typeof row === 'object' && row !== null ? row : undefined;
  } catch {
    return undefined;
  }
}
