/** The estimates of memory against the peaks of processes, and what follows from them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { estimateOf, PEAKS, type PeakKind } from './memory-peaks.fixture.js';

const script = fileURLToPath(new URL('./memory-peak.fixture.js', import.meta.url));

for (const kind of Object.keys(PEAKS) as PeakKind[]) {
  test(`the estimate for ${kind} is within a fifth of what a process takes`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, kind], { timeout: 120_000 });
    const ratio = estimateOf(PEAKS[kind]) / Number(stdout);
    assert.ok(ratio > 0.8 && ratio < 1.2, `estimate / peak = ${ratio.toFixed(2)} of ${stdout} bytes`);
  });
}
