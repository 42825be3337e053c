/** The table that ends `soar compare`, of published results. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { comparisonReport, readComparison, unpackUnits } from '@soar/experiments';
import { formatComparison } from './comparison-table.js';

const folder = new URL('../../../../docs/results/seeds-6-to-9/', import.meta.url);

test('beside every mean stands how many students got off the plateau, and their share with its exact interval', () => {
  const comparison = readComparison(
    JSON.parse(readFileSync(new URL('comparison.json', folder), 'utf8')),
    'comparison.json',
  );
  const units = unpackUnits(readFileSync(new URL('units.jsonl.gz', folder)), 'units.jsonl.gz');
  const lines = formatComparison(
    comparisonReport(
      comparison,
      [...units].map(([, unit]) => unit),
    ),
  );
  const cells = (title: string): string[] =>
    lines
      .split('\n')
      .find((line) => line.startsWith(`${title} `))!
      .split(/ {2,}/);
  assert.deepEqual(cells('Base').slice(0, 2), ['Base', '- of 4']);
  assert.equal(cells('Hard-Only')[1], '0 of 4, 0.0 % [0.0, 60.2]');
  // Three of four: Clopper and Pearson.
  assert.equal(cells('PQ')[1], '3 of 4, 75.0 % [19.4, 99.4]');
  assert.match(lines, /Off the plateau: students whose last pass@1 is at least 10 %/);
});
