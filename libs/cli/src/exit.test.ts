import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantError, UserError } from '@soar/core';
import { CommanderError } from 'commander';
import { describeError, exitCodeOf, Interrupted } from './exit.js';

test('exit codes tell bad input, failed work and an interruption apart', () => {
  const codes: readonly (readonly [unknown, number])[] = [
    [new UserError('bad', 'INVALID_ARGUMENT'), 2],
    [new UserError('gone', 'NOT_FOUND'), 2],
    [new UserError('broken', 'DATA_LOSS'), 2],
    [new UserError('down', 'UNAVAILABLE'), 1],
    [new UserError('loss NaN', 'NOT_FINITE'), 1],
    [new UserError('another build', 'BUILD_CHANGED'), 2],
    [new InvariantError('bug'), 1],
    [new Interrupted('stop'), 130],
    [new CommanderError(1, 'commander.unknownOption', 'x'), 2],
    [new CommanderError(0, 'commander.helpDisplayed', 'x'), 0],
  ];
  for (const [error, code] of codes) assert.equal(exitCodeOf(error), code, String(error));
});

test('a user error is shown without a stack trace, a bug with it', () => {
  assert.equal(describeError(new UserError('a.yaml:3: no')), 'soar: a.yaml:3: no');
  assert.match(describeError(new InvariantError('shape'))!, /this is a bug.*\n.*shape\n\s+at /);
});

test('what an error quotes cannot reach the terminal as a control sequence', () => {
  const tensor = 'w\u001b]0;title\u0007\u009b2J';
  assert.equal(
    describeError(new UserError(`tensor ${tensor}`)),
    'soar: tensor w\\u{1b}]0;title\\u{7}\\u{9b}2J',
  );
});
