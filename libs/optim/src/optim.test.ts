/**
 * AdamW, clipping and schedules against numbers worked out by hand, and the update's bits against the formula rounded
 * to float32 at every operation. The whole step against PyTorch is in libs/training.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import {
  ADAMW_DEFAULTS,
  adamwScalars,
  clipScale,
  globalNorm,
  sumOfSquares,
  type AdamWScalars,
} from './adamw.js';
import { learningRateAt } from './schedule.js';
import { updateAdamW, type AdamWArrays } from './update.js';

const close = (got: number, expected: number, tolerance = 1e-12): void =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
const FLOAT32 = 1e-7;

/** One update of a parameter of one element. */
function update(
  { parameter, gradient, m, v }: { parameter: number; gradient: number; m: number; v: number },
  scalars: AdamWScalars,
  how = { scale: 1, decays: true },
): Record<'parameter' | 'm' | 'v', number> {
  const arrays = {
    parameter: Float32Array.of(parameter),
    m: Float32Array.of(m),
    v: Float32Array.of(v),
    gradient: Float32Array.of(gradient),
  };
  updateAdamW(arrays, scalars, how);
  return { parameter: arrays.parameter[0]!, m: arrays.m[0]!, v: arrays.v[0]! };
}

test('two updates are those of the formula, worked out by hand', () => {
  const config = { ...ADAMW_DEFAULTS, beta1: 0.5, beta2: 0.75, epsilon: 0, weightDecay: 0 };
  const first = update({ parameter: 1, gradient: 2, m: 0, v: 0 }, adamwScalars(config, 0.1, 1));
  // m = 1, v = 1; corrected 2 and 4: a step of 0.1 * 2 / 2.
  close(first.m, 1);
  close(first.v, 1);
  close(first.parameter, 0.9, FLOAT32);
  const second = update({ ...first, gradient: -2 }, adamwScalars(config, 0.1, 2));
  // m = -0.5, v = 1.75; corrected by 1/0.75 and 1/0.4375: -2/3 over 2.
  close(second.m, -0.5);
  close(second.v, 1.75);
  close(second.parameter, 0.9 + 0.1 / 3, FLOAT32);
});

test('decay pulls a parameter towards zero where it applies; the scale multiplies the gradient', () => {
  const scalars = adamwScalars({ ...ADAMW_DEFAULTS, weightDecay: 0.5 }, 0.1, 1);
  const still = { parameter: 1, gradient: 0, m: 0, v: 0 };
  close(update(still, scalars).parameter, 1 - 0.1 * 0.5, FLOAT32);
  close(update(still, scalars, { scale: 1, decays: false }).parameter, 1);
  const moved = { ...still, gradient: 8 };
  assert.deepEqual(
    update({ ...moved, gradient: 2 }, scalars),
    update(moved, scalars, { scale: 0.25, decays: true }),
  );
});

test('an update has the bits of the formula in float32, at every length', () => {
  const scalars = adamwScalars({ ...ADAMW_DEFAULTS, weightDecay: 0.01 }, 1e-2, 3);
  for (const length of [1, 3, 4, 4095, 4096, 4097, 10_001]) {
    const random = Random.of(length).at('update');
    const normal = (name: string): Float32Array =>
      Float32Array.from({ length }, (_, i) => random.at(name).normal(i));
    const arrays = {
      parameter: normal('p'),
      m: normal('m'),
      v: normal('v').map(Math.abs),
      gradient: normal('g'),
    };
    const expected = rounded(arrays, scalars, 0.3);
    updateAdamW(arrays, scalars, { scale: 0.3, decays: true });
    assert.deepEqual(arrays, expected);
  }
});

/** The formula, rounded at every operation. */
function rounded({ parameter, m, v, gradient }: AdamWArrays, s: AdamWScalars, scale: number): AdamWArrays {
  const f = Math.fround;
  const scaled = gradient.map((g) => f(g * f(scale)));
  const mean = m.map((x, i) => x + f(f(scaled[i]! - x) * f(s.oneMinusBeta1)));
  const square = v.map((x, i) => x + f(f(f(scaled[i]! * scaled[i]!) - x) * f(s.oneMinusBeta2)));
  const next = parameter.map((x, i) => {
    const root = f(f(Math.sqrt(f(square[i]! * f(s.correction2)))) + f(s.epsilon));
    const direction = f(f(mean[i]! * f(s.correction1)) / root);
    return x - f(f(direction + f(x * f(s.weightDecay))) * f(s.learningRate));
  });
  return { parameter: next, m: mean, v: square, gradient };
}

test('the decays lose no digits to float32', () => {
  const { oneMinusBeta2: rate, correction2 } = adamwScalars(ADAMW_DEFAULTS, 1, 1);
  close(Math.fround(rate), 0.001, 1e-10);
  close(correction2, 1000, 1e-9);
});

test('clips by global norm: over all gradients together, and only above the limit', () => {
  assert.equal(globalNorm([4, 9, 36]), 7);
  assert.equal(clipScale(7, 1), Math.fround(1 / 7));
  assert.equal(clipScale(7, 7), 1, 'a norm at the limit is not scaled');
  assert.equal(clipScale(7, 0), 1, '0 does not clip');
});

test('schedules: warm-up is never 0, cosine is half way at the middle, nothing follows the horizon', () => {
  const base = { learningRate: 1, warmupSteps: 0, horizonSteps: 10 };
  const cosine = { ...base, schedule: 'cosine' } as const;
  close(learningRateAt(cosine, 0), 1);
  close(learningRateAt(cosine, 5), 0.5);
  close(learningRateAt(cosine, 10), 0);
  close(learningRateAt(cosine, 99), 0);
  close(learningRateAt({ ...base, schedule: 'linear' }, 4), 0.6);
  assert.equal(learningRateAt({ ...base, schedule: 'constant' }, 99), 1);
  const warm = { ...base, schedule: 'cosine', warmupSteps: 4, horizonSteps: 14 } as const;
  close(learningRateAt(warm, 0), 0.2);
  close(learningRateAt(warm, 3), 0.8);
  close(learningRateAt(warm, 4), 1);
  close(learningRateAt(warm, 9), 0.5);
});

test('a sum of squares is that of all elements, whatever their number', () => {
  for (let length = 0; length < 9; length++) {
    const x = Float32Array.from({ length }, (_, i) => i + 1);
    close(sumOfSquares(x), (length * (length + 1) * (2 * length + 1)) / 6);
  }
});
