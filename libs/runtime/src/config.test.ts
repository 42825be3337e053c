import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

/** As in a service: only a worker loads the library. */
const sampleInWorker = `
  const { ModelPool } = await import(${JSON.stringify(import.meta.resolve('./model-pool.js'))});
  const fixture = ${JSON.stringify(import.meta.resolve('./testing.fixture.js'))};
  const { sampling, settings, tinyConfig, tinyFolder } = await import(fixture);
  const pool = new ModelPool(settings());
  const request = { prompts: [[1, 2]], rows: [{ prompt: 0, path: '' }], seed: 1, sampling };
  await pool.sample({ handle: 'tiny', folder: tinyFolder }, request, tinyConfig);
  await pool.close();`;
const sessionHere = `
  const { InferenceSession } = await import(${JSON.stringify(import.meta.resolve('./onnx-runtime.js'))});
  await InferenceSession.create(Buffer.from('no model')).catch(() => {});`;
const unguarded = sessionHere.replace(
  import.meta.resolve('./onnx-runtime.js'),
  import.meta.resolve('onnxruntime-node'),
);

/** Names of the files that a program leaves in its temporary folder: its reporting writes a log there. */
function leftBy(program: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'soar-ort-'));
  try {
    // Without CI and the like, which turn the reports off as well.
    const env = { PATH: process.env['PATH'], TMPDIR: folder };
    execFileSync(process.execPath, ['--eval', `(async () => {${program}})()`], { env, timeout: 60_000 });
    return readdirSync(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('ONNX Runtime sends no usage reports, neither from a worker nor from the main thread', () => {
  assert.deepEqual(leftBy(sampleInWorker), []);
  assert.deepEqual(leftBy(sessionHere), []);
});

test('on Linux it would report usage without the variable', { skip: process.platform !== 'linux' }, () => {
  assert.match(leftBy(unguarded).join(), /mat-debug-\d+\.log/);
});
