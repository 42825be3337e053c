/** Task files and problem pools: what is refused, and that problems are unique and correctly answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from '@soar/domains';
import { UserError } from '@soar/core';
import { curatedProblems, problemPool } from './problems.js';
import { quickstartTask } from './quickstart-task.js';
import { readTask } from './read-task.js';

/** The shipped task as plain JSON with `value` put at `path`; undefined removes the field. */
function taskWith(path: readonly (string | number)[], value: unknown): unknown {
  const task: unknown = JSON.parse(JSON.stringify(quickstartTask));
  let at = task as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1)!] = value;
  return JSON.parse(JSON.stringify(task));
}

test('the shipped task passes its own check unchanged', () => {
  assert.deepEqual(readTask(JSON.parse(JSON.stringify(quickstartTask))), quickstartTask);
});

test('a faulty task file is refused with field, expectation and value', () => {
  const faults: [path: (string | number)[], value: unknown, message: RegExp][] = [
    [['version'], 1, /^t\.json\.version: expected 2, got 1$/],
    [['sed'], 1, /^t\.json\.sed: expected one of version, .*, got "sed"$/],
    [['seed'], undefined, /^t\.json\.seed: expected a whole number in .*, got nothing$/],
    [['stages'], [], /^t\.json\.stages: expected a list of 1 to 16, got "0 items"$/],
    [
      ['stages', 1, 'exam', 0, 'worked'],
      [0.5],
      /^t\.json\.stages\[1\]\.exam\[0\]\.worked: expected 6 prob.*, got 1$/,
    ],
    [['stages', 0, 'textbookShare'], 1.5, /^t\.json\.stages\[0\]\.textbookShare: expected a number in/],
    [
      ['stages', 0, 'rowTokens'],
      64,
      /^t\.json\.stages\[0\]\.rowTokens: expected at least 71, the longest text, got 64$/,
    ],
    [['model', 'head_dim'], 15, /^t\.json\.model\.head_dim: expected an even size/],
    [
      ['stages', 0, 'exam', 0, 'operator'],
      '*',
      /^t\.json\.stages\[0\]\.exam\[0\]\.operator: expected "\+" or .*, got "\*"$/,
    ],
    [
      ['pool', 0],
      { operator: '+', operands: 1, count: 900 },
      /^t\.json\.pool\[0\]\.count: expected at most 500, got 900$/,
    ],
  ];
  for (const [path, value, message] of faults) {
    assert.throws(
      () => readTask(taskWith(path, value), 't.json'),
      (error: unknown) => error instanceof UserError && message.test(error.message),
      String(message),
    );
  }
  assert.throws(() => readTask(null), /^UserError: task: expected an object, got null$/);
});

test('pool and curated problems have the stated sizes, unique ids and questions, and exact answers', () => {
  for (const [make, parts] of [
    [problemPool, quickstartTask.pool],
    [curatedProblems, quickstartTask.curated],
  ] as const) {
    const problems = make(quickstartTask);
    const wanted = parts.reduce((sum, { count }) => sum + count, 0);
    assert.equal(problems.length, wanted);
    assert.equal(new Set(problems.map(({ id }) => id)).size, wanted);
    assert.equal(new Set(problems.map(({ question }) => question)).size, wanted);
    for (const { question, answer, kind } of problems) {
      assert.equal(domainNamed('arithmetic').oracle!(question), answer);
      assert.equal(domainNamed('arithmetic').kindOf!(question), kind);
    }
    assert.deepEqual(make(quickstartTask), problems);
  }
});
