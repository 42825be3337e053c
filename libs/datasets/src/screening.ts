/**
 * The manifest of a screening: which model failed which problems, in how many samples and with which sampling
 * settings.
 *
 * A problem is hard for one model. The manifest beside a hard set binds it to the model's hash, so that the set is
 * never used with another model; the hash of the pool identifies what was screened.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '@soar/core';
import type { Problem } from './problem.js';
import { decodeText, writeWhole } from '@soar/files';

export const SCREENING_FORMAT = 'soar-screening/1';

/** The outcome of one problem's samples. */
export interface ScreenedProblem {
  readonly problemId: string;
  /** Completions drawn. */
  readonly samples: number;
  /** Judged CORRECT. */
  readonly correct: number;
  /** Without a verdict (UNDECIDED, TIMEOUT, GOLD_UNPARSEABLE); never counted as correct. */
  readonly ungraded: number;
}

export interface ScreeningManifest {
  readonly format: typeof SCREENING_FORMAT;
  /** SHA-256 of the model's manifest, as in CheckpointRef.sha256. */
  readonly modelSha256: string;
  /** SHA-256 of the screened problems, see `hashProblems`. */
  readonly problemsSha256: string;
  readonly domain: string;
  /** SHA-256 of the domain's definition; absent for a domain of this project. */
  readonly domainSha256?: string;
  /** Completions drawn for each problem; the paper: 128. */
  readonly samples: number;
  readonly sampling: {
    readonly temperature: number;
    /** 1: off. */
    readonly topP: number;
    /** 0: off. */
    readonly topK: number;
    readonly maxNewTokens: number;
    /** Absent: thoughts had no budget of their own. */
    readonly thinkTokensMax?: number;
  };
  readonly seed: number;
  /** The configured prompt, as JSON; null for the domain's own. Absent in screenings of older versions. */
  readonly prompt?: unknown;
  /** What counted as an answer, and how many responses each rule found one in. Absent in older screenings. */
  readonly extraction?: {
    readonly policy: string;
    readonly rules: Readonly<Record<string, number>>;
  };
  /** One for every screened problem. */
  readonly outcomes: readonly ScreenedProblem[];
}

/** SHA-256 over id, question, answer and options of the problems in order of id; other fields do not count. */
export function hashProblems(problems: readonly Problem[]): string {
  const hash = createHash('sha256');
  const sorted = [...problems].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, question, answer, options } of sorted)
    hash.update(`${JSON.stringify([id, question, answer, ...(options === undefined ? [] : [options])])}\n`);
  return hash.digest('hex');
}

/**
 * Ids of the problems of which every sample was graded and none was correct, in the manifest's order. A sample without
 * a verdict may have been correct.
 */
export function hardIds(manifest: ScreeningManifest): string[] {
  return manifest.outcomes
    .filter(({ correct, ungraded }) => correct === 0 && ungraded === 0)
    .map(({ problemId }) => problemId);
}

/** Throws UserError FAILED_PRECONDITION unless the screening was made with the model of this hash. */
export function requireModel(manifest: ScreeningManifest, modelSha256: string, source: string): void {
  if (manifest.modelSha256 === modelSha256) return;
  throw new UserError(
    `${source}: this set was screened with the model ${manifest.modelSha256.slice(0, 12)}..., ` +
      `got ${modelSha256.slice(0, 12)}...; ` +
      'screen the problems with the model that will be trained',
    'FAILED_PRECONDITION',
    source,
  );
}

/** How a model is asked: what decides, beside the model, which problems it fails. */
export interface Asking {
  readonly domain: string;
  /** As in `ScreeningManifest`. */
  readonly domainSha256?: string;
  /** As in `ScreeningManifest`. */
  readonly prompt: unknown;
}

/** Throws UserError FAILED_PRECONDITION unless the screening asked as `asking` does. */
export function requireAsking(
  manifest: ScreeningManifest,
  { domain, domainSha256, prompt }: Asking,
  source: string,
): void {
  const refuse = (what: string): never => {
    throw new UserError(
      `${source}: ${what}: what is hard with one prompt may be easy with another. Screen the problems with this ` +
        'configuration ("soar screen --config"), or pass --allow-other-prompt',
      'FAILED_PRECONDITION',
      source,
    );
  };
  if (manifest.domain !== domain)
    refuse(`this set was screened in the domain ${manifest.domain}, the configuration has ${domain}`);
  if (manifest.domainSha256 !== domainSha256)
    refuse(`this set was screened with another version of the domain ${domain}`);
  if (manifest.prompt === undefined || JSON.stringify(manifest.prompt) === JSON.stringify(prompt)) return;
  const shown = (value: unknown): string =>
    value === null ? "the domain's prompt" : `the prompt ${JSON.stringify(value).slice(0, 120)}`;
  refuse(`this set was screened with ${shown(manifest.prompt)}, the configuration has ${shown(prompt)}`);
}

/** Reads a manifest. Throws UserError that names the file and the field. */
export async function readScreening(path: string): Promise<ScreeningManifest> {
  let value: unknown;
  try {
    value = JSON.parse(decodeText(await readFile(path), path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const what = missing
      ? 'not found; expected the manifest of a screening'
      : `cannot be read: ${messageOf(error)}`;
    throw new UserError(`${path}: ${what}`, missing ? 'NOT_FOUND' : 'INVALID_ARGUMENT', path, {
      cause: error,
    });
  }
  return checkScreening(value, path);
}

/** Writes a manifest, whole or not at all. */
export async function writeScreening(path: string, manifest: ScreeningManifest): Promise<void> {
  await writeWhole(path, `${JSON.stringify(checkScreening(manifest, path), null, 1)}\n`);
}

/** `value` as a manifest. Throws UserError that names the field at fault. */
export function checkScreening(value: unknown, source: string): ScreeningManifest {
  const expect = (holds: boolean, field: string, expected: string): void => {
    if (!holds) throw new UserError(`${source}: ${field}: expected ${expected}`, 'INVALID_ARGUMENT', source);
  };
  expect(isRecord(value), 'manifest', 'a JSON object');
  const manifest = value as ScreeningManifest;
  expect(manifest.format === SCREENING_FORMAT, 'format', JSON.stringify(SCREENING_FORMAT));
  expect(isSha256(manifest.modelSha256), 'modelSha256', '64 hexadecimal digits');
  expect(isSha256(manifest.problemsSha256), 'problemsSha256', '64 hexadecimal digits');
  expect(typeof manifest.domain === 'string' && manifest.domain !== '', 'domain', 'the name of a domain');
  const { domainSha256 } = manifest;
  expect(domainSha256 === undefined || isSha256(domainSha256), 'domainSha256', '64 hexadecimal digits');
  expect(isCount(manifest.samples) && manifest.samples > 0, 'samples', 'a whole number above 0');
  expect(isCount(manifest.seed), 'seed', 'a whole number from 0');
  expect(isRecord(manifest.sampling), 'sampling', 'an object');
  for (const name of ['temperature', 'topP', 'topK', 'maxNewTokens'] as const) {
    expect(Number.isFinite(manifest.sampling[name]), `sampling.${name}`, 'a number');
  }
  expect(
    Array.isArray(manifest.outcomes) && manifest.outcomes.length > 0,
    'outcomes',
    'at least one outcome',
  );
  const ids = new Set<string>();
  manifest.outcomes.forEach((outcome, i) => {
    const at = `outcomes[${i}]`;
    expect(isRecord(outcome) && typeof outcome.problemId === 'string', `${at}.problemId`, 'a problem id');
    expect(
      !ids.has(outcome.problemId),
      `${at}.problemId`,
      `each id once, got ${JSON.stringify(outcome.problemId)} twice`,
    );
    ids.add(outcome.problemId);
    expect(outcome.samples === manifest.samples, `${at}.samples`, `${manifest.samples}, as in samples`);
    const graded = isCount(outcome.correct) && isCount(outcome.ungraded);
    expect(
      graded && outcome.correct + outcome.ungraded <= outcome.samples,
      at,
      'correct + ungraded <= samples',
    );
  });
  return manifest;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
