import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.js';

test('flags win over the environment, which wins over defaults', () => {
  const env = { SOAR_LISTEN: '127.0.0.1:1', SOAR_WORKERS: '3' };
  const defaults = { listen: '127.0.0.1:7101', workers: 1, insecure: false, exitWithParent: false };
  assert.deepEqual(readConfig([], {}), defaults);
  assert.deepEqual(readConfig([], env), { ...defaults, listen: '127.0.0.1:1', workers: 3 });
  const flags = ['--listen', '[::1]:0', '--workers=2', '--insecure', '--exit-with-parent'];
  assert.deepEqual(readConfig(flags, env), {
    listen: '[::1]:0',
    workers: 2,
    insecure: true,
    exitWithParent: true,
  });
});

test('an unknown flag and a malformed number are named', () => {
  assert.throws(() => readConfig(['--wurst'], {}), /Unknown option '--wurst'/);
  assert.throws(() => readConfig(['stray'], {}), /stray/);
  assert.throws(
    () => readConfig(['--workers', '0'], {}),
    /--workers: expected a whole number from 1 to 256, got 0/,
  );
});
