import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.js';

test('flags win over the environment, which wins over defaults', () => {
  const env = { SOAR_LISTEN: '127.0.0.1:1', SOAR_WORKERS: '3' };
  const read = (argv: string[], from = {}) => {
    const { serving, workers } = readConfig(argv, from);
    return [serving.listen, workers, serving.insecure, serving.exitWithParent];
  };
  assert.deepEqual(read([]), ['127.0.0.1:7101', 1, false, false]);
  assert.deepEqual(read([], env), ['127.0.0.1:1', 3, false, false]);
  const flags = ['--listen', '[::1]:0', '--workers=2', '--insecure', '--exit-with-parent'];
  assert.deepEqual(read(flags, env), ['[::1]:0', 2, true, true]);
});

test('an unknown flag and a malformed number are named', () => {
  assert.throws(() => readConfig(['--wurst'], {}), /Unknown option '--wurst'/);
  assert.throws(() => readConfig(['stray'], {}), /stray/);
  assert.throws(
    () => readConfig(['--workers', '0'], {}),
    /--workers: expected a whole number from 1 to 256, got 0/,
  );
});
