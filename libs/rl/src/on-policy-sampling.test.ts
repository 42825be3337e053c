import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPolicyViolations } from './on-policy-sampling.js';

const whole = { temperature: 1, topK: 0, topP: 1 };
const settings = (change: Partial<typeof whole>): string[] =>
  onPolicyViolations({ ...whole, ...change }).map(({ setting }) => setting);

test('samples of the whole distribution can be trained on, at any temperature', () => {
  for (const change of [{}, { temperature: 0.1 }, { temperature: 2 }, { topP: 0 }])
    assert.deepEqual(settings(change), []);
});

test('greedy and truncated samples cannot, each setting by its name', () => {
  assert.deepEqual(settings({ temperature: 0 }), ['temperature']);
  assert.deepEqual(settings({ temperature: Number.NaN }), ['temperature']);
  assert.deepEqual(settings({ topK: 5 }), ['top_k']);
  assert.deepEqual(settings({ topP: 0.999 }), ['top_p']);
  assert.deepEqual(settings({ temperature: 0, topK: 1, topP: 0.5 }), ['temperature', 'top_k', 'top_p']);
  assert.match(onPolicyViolations({ ...whole, topK: 40 })[0]!.message, /expected 0 \(off\), got 40/);
});

/**
 * What the rule is for, on a softmax policy over four tokens: over samples of the policy the mean of grad ln pi is 0,
 * so that a constant reward teaches nothing; over the two most likely tokens alone it is not.
 */
test('the score function has mean 0 over the whole distribution and not over a truncated one', () => {
  const logits = [1, 0.5, -0.5, -1];
  const total = logits.reduce((sum, l) => sum + Math.exp(l), 0);
  const pi = logits.map((l) => Math.exp(l) / total);
  const meanScore = (drawn: readonly number[]): number[] =>
    pi.map((_, i) =>
      drawn.reduce((sum, probability, y) => sum + probability * ((y === i ? 1 : 0) - pi[i]!), 0),
    );
  const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));
  assert.ok(largest(meanScore(pi)) < 1e-15);
  const kept = pi[0]! + pi[1]!;
  assert.ok(largest(meanScore([pi[0]! / kept, pi[1]! / kept, 0, 0])) > 0.05);
});
