import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.js';

test('flags win over the environment, which wins over defaults', () => {
  const config = readConfig(['--trainer', '127.0.0.1:9', '--fan-out', '8'], {
    SOAR_TRAINER: '127.0.0.1:1',
    SOAR_TEACHER: '127.0.0.1:2',
  });
  assert.deepEqual(
    [config.trainer, config.teacher, config.metareward, config.fanOutMax, config.unavailableSeconds],
    ['127.0.0.1:9', '127.0.0.1:2', '127.0.0.1:7104', 8, 60],
  );
});

test('artifacts lie beside the journal unless it is said where, or the journal is in a database', () => {
  assert.equal(readConfig([], {}).artifacts, 'runs');
  assert.equal(readConfig(['--store', 'here'], {}).artifacts, 'here');
  assert.equal(readConfig(['--store', 'here'], { SOAR_ARTIFACTS: 'there' }).artifacts, 'there');
  const store = 'postgres://user:word@host/soar';
  assert.equal(readConfig(['--store', store, '--artifacts', 'there'], {}).artifacts, 'there');
  assert.throws(
    () => readConfig(['--store', store], {}),
    refusal(/^coordinator: --artifacts: must be given/),
  );
});

test('an unknown flag and a number out of range are refused by name', () => {
  assert.throws(() => readConfig(['--trianer', 'x'], {}), refusal(/trianer/));
  assert.throws(
    () => readConfig(['--fan-out', '0'], {}),
    refusal(/--fan-out: expected a whole number from 1 to 4096, got 0/),
  );
});

function refusal(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UserError && message.test(error.message);
}
