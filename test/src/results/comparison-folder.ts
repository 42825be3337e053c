/**
 * Reads a comparison from its folder: what was compared, and its units, from the one file of published results or
 * from the files of a running comparison.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Comparison,
  comparisonReport,
  type ComparisonReport,
  readComparison,
  readUnit,
  type Unit,
  UNIT_ARCHIVE,
  unpackUnits,
} from '@soar/experiments';
import { repositoryRoot } from '../repository-root.js';

/** The published results. */
export const resultsFolder = join(repositoryRoot, 'docs/results');

export interface ComparisonFolder {
  readonly comparison: Comparison;
  readonly units: ReadonlyMap<string, Unit>;
}

/** Reads a folder that `soar compare` wrote. Throws UserError if it holds something else. */
export function readComparisonFolder(folder: string): ComparisonFolder {
  const file = join(folder, 'comparison.json');
  const comparison = readComparison(JSON.parse(readFileSync(file, 'utf8')), file);
  const archive = join(folder, UNIT_ARCHIVE);
  const units = new Map(existsSync(archive) ? unpackUnits(readFileSync(archive), archive) : []);
  const single = join(folder, 'units');
  for (const name of existsSync(single) ? readdirSync(single).sort() : []) {
    const at = join(single, name);
    units.set(name.replace(/\.json$/, ''), readUnit(JSON.parse(readFileSync(at, 'utf8')), at));
  }
  return { comparison, units };
}

/** Folders of published comparisons, relative to `resultsFolder`. */
export function publishedComparisons(): string[] {
  return readdirSync(resultsFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === 'comparison.json')
    .map((entry) => entry.parentPath.slice(resultsFolder.length + 1))
    .sort();
}

const folders = new Map<string, ComparisonFolder>();
const reports = new Map<string, ComparisonReport>();

/** A published comparison; read once. */
export function published(name: string): ComparisonFolder {
  const found = folders.get(name) ?? readComparisonFolder(join(resultsFolder, name));
  folders.set(name, found);
  return found;
}

/** Its report, computed from its units once: a large one takes seconds. */
export function publishedReport(name: string): ComparisonReport {
  const { comparison, units } = published(name);
  const found = reports.get(name) ?? comparisonReport(comparison, [...units.values()]);
  reports.set(name, found);
  return found;
}
