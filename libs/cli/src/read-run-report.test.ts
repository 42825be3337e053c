/** Files that are given as the report of a run. */
import { UserError } from '@soar/core';
import { runPage } from '@soar/report-page';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRunReport } from './read-run-report.js';

function withFile(text: string, act: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'soar-report-'));
  try {
    const file = join(folder, 'report.json');
    writeFileSync(file, text);
    act(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a report of an earlier version, without later fields, is read and drawn', () => {
  const old = {
    runId: 'old',
    config: { domain: 'arithmetic', seed: 3, outerSteps: 1, promotion: { tau: 0.01, window: 3 } },
    steps: [{ outerStep: 0, score: { meanReward: 0.5, datasets: [{ reward: 0.5 }] }, rolloutsSampled: 4 }],
    arms: [{ name: 'base', passAtK: { 1: 0.25 }, problems: 8, samplesPerProblem: 4 }],
  };
  withFile(JSON.stringify(old), (file) =>
    assert.match(runPage(readRunReport(file)), /<h1>SOAR: run old<\/h1>/),
  );
});

test('what is no report of a run is refused with a reason', () => {
  const refused: readonly (readonly [text: string, why: RegExp])[] = [
    ['nope', /expected the report\.json of a run: .*not valid JSON/s],
    ['{}', /it names no run \(runId\)/],
    ['{"format":"soar-comparison-report/1"}', /the report of a comparison, whose page soar compare writes/],
    ['[]', /expected an object/],
    ['{"runId":"a","steps":3}', /steps: expected a list/],
    ['null', /report\.json/],
  ];
  for (const [text, why] of refused)
    withFile(text, (file) =>
      assert.throws(
        () => readRunReport(file),
        (error) => error instanceof UserError && why.test(error.message),
        text,
      ),
    );
  assert.throws(() => readRunReport('nowhere.json'), /report nowhere\.json cannot be read/);
});
