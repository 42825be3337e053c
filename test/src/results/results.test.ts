/** The published results: every report is what its raw units give, and the log cites what they say. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { comparisonReport, reportPage } from '@soar/experiments';
import { repositoryRoot } from '../repository-root.js';
import { publishedComparisons, readComparisonFolder, resultsFolder } from './comparison-folder.js';
import { figures } from './figures.js';

const BYTES_MAX = 1_500_000;

test('the published comparisons are those that the log speaks of', () => {
  assert.deepEqual(publishedComparisons(), [
    'base-seed-5',
    'base-seed-6',
    'base-seed-6/tau-0.01',
    'intrinsic',
    'quickstart',
    'seeds-6-to-9',
    'variant-b',
  ]);
});

for (const name of publishedComparisons())
  test(`the report of ${name} follows from its raw units, and so does its page`, () => {
    const folder = join(resultsFolder, name);
    const { comparison, units } = readComparisonFolder(folder);
    const report = comparisonReport(comparison, [...units.values()]);
    const kept: unknown = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    assert.deepEqual(JSON.parse(JSON.stringify(report)), kept);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    assert.ok(reportPage(report, [...units.values()]) === page, 'npm run results:pack writes the page again');
  });

test('every unit has the name of what it holds', () => {
  for (const name of publishedComparisons())
    for (const [file, unit] of readComparisonFolder(join(resultsFolder, name)).units) {
      const seeds = [unit.teacherSeed, unit.unit === 'student' ? unit.studentSeed : undefined];
      const what = unit.unit === 'student' ? unit.arm : unit.teacher;
      assert.equal(file, [unit.unit, what, ...seeds.filter((seed) => seed !== undefined)].join('-'), name);
    }
});

test('the log cites the figures that the raw results give', () => {
  const entry = readFileSync(join(repositoryRoot, 'docs/experiments/2026-11-30-audit.md'), 'utf8');
  for (const line of figures()) assert.ok(entry.includes(`\n${line}\n`), `not in the entry: ${line}`);
});

test('all published results together stay small', () => {
  const files = readdirSync(resultsFolder, { recursive: true, withFileTypes: true }).filter((f) =>
    f.isFile(),
  );
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  assert.ok(bytes < BYTES_MAX, `${bytes} bytes`);
});
