import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.js';

test('flags win over the environment, the environment over defaults', () => {
  const env = { SOAR_ARTIFACTS: '/a', SOAR_WORKERS: '3', SOAR_MEMORY_MIB: '100' };
  const config = readConfig(['--artifacts', '/b'], env);
  assert.equal(config.artifacts, '/b');
  assert.equal(config.workers, 3);
  assert.equal(config.memoryMib, 100);
  assert.equal(config.serving.listen, '127.0.0.1:7102');
  assert.ok(readConfig([], {}).workers >= 1);
});

test('malformed settings are refused by their flag', () => {
  assert.throws(
    () => readConfig(['--workers', '0'], {}),
    /--workers: expected a whole number from 1 to 256, got 0/,
  );
  assert.throws(
    () => readConfig(['--provider', 'tpu'], {}),
    /--provider: expected cpu, cuda, webgpu, got tpu/,
  );
  assert.throws(() => readConfig(['--sotre', 'x'], {}), /--sotre/);
});
