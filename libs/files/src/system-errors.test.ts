import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { asUserError } from './system-errors.js';

const failing = (code: string) => Object.assign(new Error(`${code}: it failed, write`), { code });

test('errors of the operating system say what to do', () => {
  const explained = (code: string) => asUserError(failing(code), 'store x') as UserError;
  assert.equal(explained('ENOSPC').reason, 'RESOURCE_EXHAUSTED');
  assert.equal(explained('ENOSPC').message, 'store x: the disk is full; make room and try again');
  assert.match(explained('EACCES').message, /^store x: no permission \(EACCES\)/);
  assert.match(explained('ENOTDIR').message, /a file exists where a folder is expected/);
  assert.equal(explained('EIO').reason, 'FAILED_PRECONDITION');
});

test('errors that are not from the operating system are returned unchanged', () => {
  for (const error of [new TypeError('x'), new UserError('y'), 'z', failing('ERR_INVALID_ARG_TYPE')]) {
    assert.equal(asUserError(error, 'store'), error);
  }
});
