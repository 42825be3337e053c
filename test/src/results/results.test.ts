/** The published results: every report follows from its raw units, and the log cites their figures. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { comparisonPage } from '@soar/report-page';
import { repositoryRoot } from '../repository-root.js';
import { published, publishedComparisons, publishedReport, resultsFolder } from './comparison-folder.js';
import { figures } from './figures.js';

const BYTES_MAX = 1_500_000;

test('the published comparisons are those in the log', () => {
  assert.deepEqual(publishedComparisons(), [
    'base-seed-5',
    'base-seed-6',
    'base-seed-6/tau-0.01',
    'frozen-low-tau',
    'intrinsic',
    'more-arms',
    'quickstart',
    'seeds-6-to-9',
    'ten-teachers',
    'variant-b',
    'variant-b-frozen',
  ]);
});

/** Pages that are kept. `npm run results:pack -- FOLDER` draws the others, so that all results together stay small. */
const PAGES = ['ten-teachers'];

for (const name of publishedComparisons())
  test(`the report of ${name} follows from its raw units, and so does its page if it is kept`, () => {
    const folder = join(resultsFolder, name);
    const report = publishedReport(name);
    const kept: unknown = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    assert.deepEqual(JSON.parse(JSON.stringify(report)), kept);
    if (!PAGES.includes(name)) return;
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    assert.ok(
      comparisonPage(report, [...published(name).units.values()]) === page,
      'npm run results:pack writes the page again',
    );
  });

test('every unit is named after its content', () => {
  for (const name of publishedComparisons())
    for (const [file, unit] of published(name).units) {
      const seeds = [unit.teacherSeed, unit.unit === 'student' ? unit.studentSeed : undefined];
      const what = unit.unit === 'student' ? unit.arm : unit.teacher;
      assert.equal(file, [unit.unit, what, ...seeds.filter((seed) => seed !== undefined)].join('-'), name);
    }
});

for (const [entry, lines] of figures())
  test(`${basename(entry)} cites the figures that the raw results give`, () => {
    const text = readFileSync(join(repositoryRoot, 'docs/experiments', entry), 'utf8');
    // Tables are padded there.
    const cited = new Set(text.split('\n').map((line) => line.replace(/ {2,}/g, ' ')));
    const missing = lines.filter((line) => !cited.has(line.replace(/ {2,}/g, ' ')));
    assert.deepEqual(missing, [], 'npm run results:figures prints them');
  });

test('all published results together stay small', () => {
  const files = readdirSync(resultsFolder, { recursive: true, withFileTypes: true }).filter((f) =>
    f.isFile(),
  );
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  assert.ok(bytes < BYTES_MAX, `${bytes} bytes`);
});
