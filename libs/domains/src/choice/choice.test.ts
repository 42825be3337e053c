/** Multiple choice: only a single letter is right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from '../registry.js';

const choice = domainNamed('choice');

const verdict = (gold: string, response: string): string => choice.verify(gold, response).verdict;

test('the letter is read in every notation', () => {
  for (const response of [
    '\\boxed{B}',
    '\\boxed{(B)}',
    '\\boxed{\\text{B}}',
    '\\boxed{B. five}',
    'The answer is B.',
  ]) {
    assert.equal(verdict('B', response), 'CORRECT', response);
    assert.equal(verdict('(B) five', response), 'CORRECT', response);
    assert.equal(verdict('C', response), 'INCORRECT', response);
  }
});

test('several letters are never correct', () => {
  for (const response of [
    '\\boxed{A or B}',
    '\\boxed{A, B}',
    '\\boxed{A}, \\boxed{B}',
    '\\boxed{AB}',
    'A or B or C',
  ]) {
    assert.notEqual(verdict('B', response), 'CORRECT', response);
  }
});

test('a gold without a letter cannot be judged', () => {
  assert.equal(verdict('five', '\\boxed{five}'), 'GOLD_UNPARSEABLE');
});

test('a proposal needs the option that its answer names', () => {
  const question = 'What is 2+2? (A) 3 (B) 4';
  const propose = (letter: string): boolean =>
    choice.parseProposal(`<question>${question}</question><answer>\\boxed{${letter}}</answer>`).ok;
  assert.equal(propose('B'), true);
  assert.equal(propose('C'), false);
  assert.equal(propose('4'), false);
});
