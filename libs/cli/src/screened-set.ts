/**
 * The hard set that screening makes: the problems a model never solved, split in two, and a manifest that binds them to the
 * model's hash and keeps every outcome. Made under a temporary name and renamed when complete. (Paper, section 4: fail@128,
 * split 50/50.)
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProblemOutcome } from '@soar/contracts';
import { Random, UserError } from '@soar/core';
import { formatProblemLines, type Problem } from '@soar/datasets';
import { writeTextAtomically } from './files.js';

export interface ScreenedSet {
  readonly train: readonly Problem[];
  readonly test: readonly Problem[];
}

/** The problems without a correct sample, split 50/50 by the seed, each half in the order of the file. */
export function splitHardProblems(
  problems: readonly Problem[],
  outcomes: readonly ProblemOutcome[],
  seed: number,
): ScreenedSet {
  const correct = new Map(outcomes.map((outcome) => [outcome.problemId, outcome.correct]));
  const hard = problems.filter(({ id }) => correct.get(id) === 0);
  const order = Random.of(seed).at('screen', 'split').permutation(hard.length);
  const inTrain = new Set(order.slice(0, Math.floor(hard.length / 2)));
  return { train: hard.filter((_, i) => inTrain.has(i)), test: hard.filter((_, i) => !inTrain.has(i)) };
}

/** Refuses a folder that holds something already, before any work. Throws UserError ALREADY_EXISTS. */
export function requireFreeFolder(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UserError(
      `${folder}: exists and is not empty; name another --out or remove it`,
      'ALREADY_EXISTS',
      folder,
    );
  }
}

/** Writes train.jsonl, test.jsonl and manifest.json (with the hashes of both) into `folder`, in one step. */
export function writeScreenedSet(
  folder: string,
  set: ScreenedSet,
  manifest: Readonly<Record<string, unknown>>,
): void {
  const temporary = `${folder}.${process.pid}.partial`;
  try {
    mkdirSync(temporary, { recursive: true });
    const files = Object.fromEntries(
      Object.entries({ 'train.jsonl': set.train, 'test.jsonl': set.test }).map(([name, problems]) => {
        const text = formatProblemLines(problems);
        writeTextAtomically(join(temporary, name), text);
        return [name, { problems: problems.length, sha256: createHash('sha256').update(text).digest('hex') }];
      }),
    );
    const text = `${JSON.stringify({ ...manifest, files }, null, 1)}\n`;
    writeTextAtomically(join(temporary, 'manifest.json'), text);
    if (existsSync(folder)) rmdirSync(folder); // empty, see requireFreeFolder
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
