import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.js';

test('flags win over the environment, the environment over defaults', () => {
  const env = { SOAR_ARTIFACTS: '/a', SOAR_WORKERS: '3', SOAR_MEMORY: '100MiB' };
  const config = readConfig(['--artifacts', '/b'], env);
  assert.equal(config.artifacts, '/b');
  assert.equal(config.workers, 3);
  assert.equal(config.memoryBytes, 100 * 2 ** 20);
  assert.equal(config.serving.listen, '127.0.0.1:7102');
  const { workers, threads, memoryBytes } = readConfig([], {});
  assert.ok(workers >= 1);
  assert.deepEqual({ threads, memoryBytes }, { threads: 1, memoryBytes: undefined });
  assert.equal(readConfig(['--threads', '256'], {}).workers, 1, 'workers follow from threads');
});

test('malformed settings are refused by their flag', () => {
  assert.throws(
    () => readConfig(['--workers', '0'], {}),
    /--workers: expected a whole number from 1 to 256, got 0/,
  );
  assert.throws(
    () => readConfig(['--provider', 'tpu'], {}),
    /--provider: expected cpu, cuda, webgpu, auto, got tpu/,
  );
  assert.throws(
    () => readConfig(['--memory', '888GB'], {}),
    /trainer: --memory: expected a size such as 8GiB or 512MiB, got "888GB"/,
  );
  assert.throws(() => readConfig(['--sotre', 'x'], {}), /--sotre/);
});
