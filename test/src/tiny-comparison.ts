/** A comparison of every kind of arm at the smallest size, and its results: seconds instead of hours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemporaryFolder } from './temporary-folder.js';
import { baseModel, configuration, problemLines } from './tiny-run.js';

export const COMPARE_MS_MAX = 240_000;
export const ARMS =
  'hard-only,base-t,intrinsic-t,grounded-t,no-promotion,ps,pq,pq-correct,pq-other-mode,upper-bound';

/** Writes the inputs, and returns the arguments of a comparison with one seed of everything. */
export function tinyComparison(folder: TemporaryFolder, out: string, ...more: string[]): string[] {
  const files = {
    '--config': folder.write('tiny.yaml', configuration),
    '--train': folder.write('train.jsonl', problemLines(11)),
    '--test': folder.write('test.jsonl', problemLines(701)),
    '--curated': folder.write('curated.jsonl', problemLines(301)),
  };
  const dashboard = more.includes('--coordinator') ? [] : ['--dashboard', 'off'];
  const seeds = ['--teachers', '1', '--students', '1', '--alone', '1'];
  return [
    'compare',
    ...Object.entries(files).flat(),
    '--model',
    baseModel,
    ...seeds,
    '--out',
    out,
    ...more,
    ...dashboard,
  ];
}

interface Left {
  readonly report: unknown;
  /** By the name of its file. */
  readonly units: readonly (readonly [name: string, unit: unknown])[];
}

/** The results of a comparison, without times and without the command. */
export function leftIn(out: string): Left {
  const timeless = (_: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const { seconds: _s, workerSeconds: _w, command: _c, ...rest } = value as Record<string, unknown>;
    return rest;
  };
  const read = (name: string): unknown => JSON.parse(readFileSync(join(out, name), 'utf8'), timeless);
  return {
    report: read('report.json'),
    units: unitsIn(out).map((name) => [name, read(join('units', name))]),
  };
}

/** Names of the files of finished units. A command that is killed as it writes one leaves a part beside it. */
export function unitsIn(out: string): string[] {
  try {
    return readdirSync(join(out, 'units'))
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch {
    return []; // nothing is there yet
  }
}
