/**
 * No response is right for many unrelated golds. A policy under reinforcement finds such answers (`x<x` was one) and
 * earns the full reward with them. Seeded: SEED and the number of a response reproduce it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domains } from './registry.js';
import { GOLDS, randomResponse } from './testing/universal.js';

const SEED = 20261130;
const RESPONSES = 1000;

for (const domain of domains) {
  test(`${domain.name}: no random response is right for two unrelated golds`, () => {
    const golds = GOLDS[domain.name]!;
    for (let i = 0; i < RESPONSES; i++) {
      const response = randomResponse(domain.name, SEED, i);
      const right = golds.filter((gold) => domain.verify(gold, response).verdict === 'CORRECT');
      assert.ok(
        right.length <= 1,
        `seed ${SEED}, response ${i}: ${response} is right for ${right.join(' | ')}`,
      );
    }
  });
}

test('each gold is right for itself, so the golds can be read', () => {
  for (const gold of GOLDS['math']!) {
    assert.equal(
      domains.find(({ name }) => name === 'math')!.verify(gold, `\\boxed{${gold}}`).verdict,
      'CORRECT',
      gold,
    );
  }
});

test('answers that hold nowhere or have no value are right for nothing', () => {
  const { verify } = domains.find(({ name }) => name === 'math')!;
  const universal = ['x<x', 'x\\ne x', 'x^2<0', 'x\\ge 1/0', 'x<0/0', 'x>x+1', '\\sqrt{x}<-1', 'x=x+1'];
  const golds = [
    ...GOLDS['math']!,
    'x=2, x=3',
    'x=\\pm 2',
    '(1000,2000)',
    '\\{613\\}',
    '\\text{no solution}',
  ];
  for (const answer of universal) {
    for (const gold of golds) {
      const { verdict } = verify(gold, `\\boxed{${answer}}`);
      assert.notEqual(verdict, 'CORRECT', `${answer} for ${gold}`);
    }
  }
});
