/** Thoughts are not graded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from './registry.js';
import { answerPart } from './thinking.js';

test('what stands behind the last thought is the answer', () => {
  assert.equal(answerPart('It is \\boxed{4}.'), 'It is \\boxed{4}.');
  assert.equal(answerPart('<think>\\boxed{3}?</think>It is \\boxed{4}.'), 'It is \\boxed{4}.');
  assert.equal(answerPart('the template opened it: \\boxed{3}</think>\n\\boxed{4}'), '\n\\boxed{4}');
  assert.equal(answerPart('<think>a</think>b<think>c</think>d'), 'd');
});

test('a thought without an end is no answer', () => {
  assert.equal(answerPart('<think>\\boxed{4}'), '');
  assert.equal(answerPart('<think>a</think>\\boxed{4}<think>'), '');
  const { verdict } = domainNamed('math').verify('4', answerPart('<think>It is \\boxed{4}'));
  assert.equal(verdict, 'NO_ANSWER');
});
