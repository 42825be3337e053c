/** Countdown: formulas are checked against the puzzle, not compared with the gold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from '../registry.js';

const countdown = domainNamed('countdown');

const verdict = (gold: string, answer: string): string =>
  countdown.verify(gold, `so \\boxed{${answer}}`).verdict;

test('any formula with the numbers and the value of the gold is right', () => {
  for (const gold of ['25 + 3 * 7', '46 from 3, 7, 25']) {
    for (const right of ['25+3*7', '3 \\times 7 + 25', '(7 \\cdot 3) + 25', '25 + 3 × 7 = 46']) {
      assert.equal(verdict(gold, right), 'CORRECT', right);
    }
  }
});

test('each number is used exactly once, and only given numbers', () => {
  for (const wrong of ['46', '25+21', '25+7+7+7', '3*7', '25+3*7+0', '46*1', '25+3*7-25+25', '3*7+2 5']) {
    assert.equal(verdict('25 + 3 * 7', wrong), 'INCORRECT', wrong);
  }
});

test('text that is not a formula of the game is wrong', () => {
  for (const wrong of ['', '25+', '25+3*7=47', '25+3^7', '25/(7-7)+3', '-(-25)+3*7', '((((', '25+3*7;']) {
    assert.equal(verdict('25 + 3 * 7', wrong), 'INCORRECT', wrong);
  }
});

test('division is exact', () => {
  assert.equal(verdict('24 from 3, 3, 8, 8', '8/(3-8/3)'), 'CORRECT');
  assert.equal(verdict('24 from 3, 3, 8, 8', '\\frac{8}{3-8/3}'), 'CORRECT');
  assert.equal(verdict('2 from 5, 2', '5/2'), 'INCORRECT');
});

test('the oracle finds a formula that the checker accepts', () => {
  for (const [target, numbers] of [
    ['24', '3, 3, 8, 8'],
    ['46', '3, 7, 25'],
    ['100', '1, 2, 3, 4, 5'],
  ] as const) {
    const found = countdown.oracle?.(`Numbers: ${numbers}. Target: ${target}.`);
    assert.ok(found !== undefined);
    assert.equal(verdict(`${target} from ${numbers}`, found), 'CORRECT', found);
  }
  assert.equal(countdown.oracle?.('Numbers: 1, 1. Target: 9.'), undefined);
});

test('a proposal carries the puzzle of its question as the answer', () => {
  const completion = '<question>Numbers: 3, 7, 25. Target: 46.</question><answer>\\boxed{25+3*7}</answer>';
  const read = countdown.parseProposal(completion);
  assert.deepEqual(read, {
    ok: true,
    question: 'Numbers: 3, 7, 25. Target: 46.',
    answer: '46 from 3, 7, 25',
  });
  assert.equal(countdown.kindOf?.('Numbers: 3, 7, 25. Target: 46.'), '3 numbers');
});
