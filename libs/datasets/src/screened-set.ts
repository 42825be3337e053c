/**
 * The hard set that screening produces: the problems a model never solved, split in two, and the manifest that binds
 * them to the model's hash and keeps every outcome (paper, section 4: fail@128, split 50/50). The folder is written
 * under a temporary name and renamed when complete.
 */
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { makeFolders } from '@soar/files';
import type { Problem } from './problem.js';
import {
  hardIds,
  readScreening,
  requireAsking,
  requireModel,
  writeScreening,
  type Asking,
  type ScreeningManifest,
} from './screening.js';
import { split, type Split } from './split.js';
import { writeProblems } from './write-problems.js';

const MANIFEST = 'manifest.json';

/**
 * The hard problems of a screening in two halves, each in the order of `problems`. Throws UserError for fewer than two.
 */
export function hardSplit(
  problems: readonly Problem[],
  manifest: ScreeningManifest,
  source: string,
): Split<Problem> {
  const hard = new Set(hardIds(manifest));
  if (hard.size < 2) {
    throw new UserError(
      `${source}: ${hard.size} of ${problems.length} problems have no correct answer in ${manifest.samples} graded ` +
        'samples; two splits need at least 2; use harder problems',
      'RESOURCE_EXHAUSTED',
      source,
    );
  }
  return split(
    problems.filter(({ id }) => hard.has(id)),
    manifest.seed,
  );
}

/**
 * Refuses, before any work, a folder that is not empty or cannot be created. Throws UserError
 * ALREADY_EXISTS or FAILED_PRECONDITION.
 */
export function requireFreeFolder(folder: string): void {
  if (existsSync(folder)) {
    const isFolder = statSync(folder).isDirectory();
    if (isFolder && readdirSync(folder).length === 0) return;
    const message = `${folder}: ${isFolder ? 'exists and is not empty' : 'is a file'}; name another --out or remove it`;
    throw new UserError(message, 'ALREADY_EXISTS', folder);
  }
  const trial = temporaryBeside(folder);
  try {
    makeFolders(trial);
    rmdirSync(trial);
  } catch (error) {
    const message = `${folder}: cannot be created: ${messageOf(error)}; name another --out`;
    throw new UserError(message, 'FAILED_PRECONDITION', folder);
  }
}

/** A name beside the folder, even if the folder's name ends in a slash. */
function temporaryBeside(folder: string): string {
  return `${resolve(folder)}.${process.pid}.partial`;
}

/** Writes train.jsonl, test.jsonl and manifest.json into `folder`, in one step. */
export async function writeScreenedSet(
  folder: string,
  set: Split<Problem>,
  manifest: ScreeningManifest,
): Promise<void> {
  const temporary = temporaryBeside(folder);
  try {
    makeFolders(temporary);
    await writeProblems(join(temporary, 'train.jsonl'), set.train);
    await writeProblems(join(temporary, 'test.jsonl'), set.test);
    await writeScreening(join(temporary, MANIFEST), manifest);
    if (existsSync(folder)) rmdirSync(folder); // empty, see requireFreeFolder
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * If the manifest of a screening is in or beside what the train split is read from, refuses a model other than the one
 * screened, and where `asking` is given another domain or prompt: a problem is hard for one model that is asked in one
 * way. Resolves with the screenings. Hashing a model takes time: a function is called only where there is a manifest.
 * Throws UserError FAILED_PRECONDITION.
 */
export async function requireScreenedWith(
  train: readonly string[],
  modelSha256: string | (() => Promise<string>),
  asking: Asking | undefined,
): Promise<ScreeningManifest[]> {
  const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
  const folders = new Set(train.map((path) => (isFolder(path) ? path : dirname(path))));
  const screenings: ScreeningManifest[] = [];
  for (const folder of folders) {
    const path = join(folder, MANIFEST);
    if (!existsSync(path)) continue;
    const manifest = await readScreening(path);
    const sha256 = typeof modelSha256 === 'string' ? modelSha256 : await modelSha256();
    requireModel(manifest, sha256, path);
    if (asking !== undefined) requireAsking(manifest, asking, path);
    screenings.push(manifest);
  }
  return screenings;
}
