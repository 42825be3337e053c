import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.js';

test('flags win over the environment, which wins over defaults', () => {
  const defaults = { listen: '127.0.0.1:7103', trainer: '127.0.0.1:7102', verifier: '127.0.0.1:7101' };
  const switches = { insecure: false, exitWithParent: false };
  assert.deepEqual(readConfig([], {}), { ...defaults, ...switches });
  const env = { SOAR_TRAINER: 'dns:///trainer:1', SOAR_VERIFIER: 'verifier:2' };
  assert.deepEqual(readConfig(['--verifier', 'verifier:3'], env), {
    ...defaults,
    ...switches,
    trainer: 'dns:///trainer:1',
    verifier: 'verifier:3',
  });
});

test('an unknown flag is named', () => {
  assert.throws(() => readConfig(['--students', '3'], {}), /Unknown option '--students'/);
});
