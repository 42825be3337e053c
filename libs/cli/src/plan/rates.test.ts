import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerLength, costOf } from './rates.js';

const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) < 1e-9 + 1e-6 * expected, `${got}, expected ${expected}`);

test('the cost of longer answers goes through what was measured, and grows as it grew', () => {
  const true_ = (tokens: number): number => 2 + 0.1 * (tokens - 1) + 0.001 * (tokens - 1) ** 2;
  const cost = costOf([1, 16, 64].map((tokens) => ({ tokens, seconds: true_(tokens) })));
  for (const tokens of [1, 16, 64, 512]) near(cost.at(tokens), true_(tokens));
});

test('a growth that noise makes negative is left out; one measurement is in proportion', () => {
  const noisy = costOf([
    { tokens: 1, seconds: 1 },
    { tokens: 11, seconds: 3 },
    { tokens: 101, seconds: 11 },
  ]);
  near(noisy.at(1001), 1 + 0.1 * 1000);
  const once = { tokens: 21, seconds: 3 };
  near(costOf([{ tokens: 1, seconds: 1 }, once, once]).at(41), 5);
  near(costOf([once, once, once].map((each) => ({ ...each, tokens: 1 }))).at(1), 3);
});

test('answers that ended have their mean length, cut to the most that is asked for', () => {
  const { expected, ended } = answerLength([4, 8, 12], 64);
  assert.equal(ended, 3);
  near(expected(64), 8);
  near(expected(1000), 8);
  near(expected(8), (4 + 8 + 8) / 3);
});

test('answers that had not ended go on as likely as before; where none had, to their full length', () => {
  near(answerLength([undefined, undefined], 16).expected(100), 100);
  // One in two ended, in 16 + 8 tokens seen: an end every 24 tokens.
  const { expected } = answerLength([8, undefined], 16);
  near(expected(16), 12);
  near(expected(1e6), 12 + 0.5 * 24);
});
