import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { asUserError } from './system-errors.js';

const failing = (code: string) => Object.assign(new Error(`${code}: it failed, write`), { code });

test('errors of the operating system say what to do', () => {
  const told = (code: string) => asUserError(failing(code), 'store x') as UserError;
  assert.equal(told('ENOSPC').reason, 'RESOURCE_EXHAUSTED');
  assert.equal(told('ENOSPC').message, 'store x: the disk is full; make room and try again');
  assert.match(told('EACCES').message, /^store x: no permission \(EACCES\)/);
  assert.match(told('ENOTDIR').message, /a file stands where a folder should be/);
  assert.equal(told('EIO').reason, 'FAILED_PRECONDITION');
});

test('errors that are none of the operating system stay as they are', () => {
  for (const error of [new TypeError('x'), new UserError('y'), 'z', failing('ERR_INVALID_ARG_TYPE')]) {
    assert.equal(asUserError(error, 'store'), error);
  }
});
