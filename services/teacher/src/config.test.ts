import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.js';

test('flags win over the environment, which wins over defaults', () => {
  const { trainer, verifier, serving } = readConfig([], {});
  assert.deepEqual(
    [serving.listen, trainer, verifier],
    ['127.0.0.1:7103', '127.0.0.1:7102', '127.0.0.1:7101'],
  );
  const env = { SOAR_TRAINER: 'dns:///trainer:1', SOAR_VERIFIER: 'verifier:2' };
  const config = readConfig(['--verifier', 'verifier:3'], env);
  assert.deepEqual([config.trainer, config.verifier], ['dns:///trainer:1', 'verifier:3']);
});

test('an unknown flag is named', () => {
  assert.throws(() => readConfig(['--students', '3'], {}), /Unknown option '--students'/);
});
