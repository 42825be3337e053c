import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Random } from '@soar/core';
import {
  differenceInterval,
  exactInterval,
  MeanDistribution,
  meanDistribution,
  meanInterval,
  middle,
  pairedDistribution,
  quantileGrid,
  SHARE,
} from './bounded-mean.js';
import { boundedMean, recovered, spreadMean } from './interval.js';
import { quantile, sd, varianceComponents } from './moments.js';
import { t975 } from './student-t.js';

interface Fixtures {
  readonly t: readonly (readonly [number, number])[];
  readonly variance: { groups: number[][]; sd: number; within: number; between: number };
  readonly quantiles: { values: number[]; at: [number, number][] };
  readonly binomial: { of: number; k: number; exact: [number, number]; midP: [number, number] }[];
}
const fixtures = JSON.parse(
  readFileSync(new URL('../testdata/fixtures.json', import.meta.url), 'utf8'),
) as Fixtures;
const near = (got: number | undefined, expected: number, within = 1e-9): void =>
  assert.ok(got !== undefined && Math.abs(got - expected) <= within, `got ${got}, expected ${expected}`);
const nearBoth = (
  got: readonly [number, number],
  [low, high]: readonly [number, number],
  within = 1e-9,
): void => {
  near(got[0], low, within);
  near(got[1], high, within);
};

test("quantiles of Student's t match scipy's", () => {
  for (const [freedom, t] of fixtures.t) near(t975(freedom), t, 1e-4);
  assert.equal(t975(4.9), t975(4));
  assert.equal(t975(1e6), t975(30));
});

test("standard deviations, quantiles and variance components match numpy's and scipy's", () => {
  const { groups, ...expected } = fixtures.variance;
  near(sd(groups.flat()), expected.sd);
  near(varianceComponents(groups)!.within, expected.within);
  near(varianceComponents(groups)!.between, expected.between);
  const sorted = fixtures.quantiles.values.toSorted((a, b) => a - b);
  for (const [q, value] of fixtures.quantiles.at) near(quantile(sorted, q), value);
  assert.equal(varianceComponents([[1, 2]]), undefined);
  assert.equal(sd([1]), undefined);
});

/** So many runs that succeeded, of so many. */
const runs = (k: number, of: number): number[] => Array.from({ length: of }, (_, i) => (i < k ? 1 : 0));

test("of runs that succeed or fail, the exact interval is Clopper and Pearson's and the other the mid-p one", () => {
  for (const { k, of, exact, midP } of fixtures.binomial) {
    nearBoth(exactInterval(runs(k, of), SHARE), exact);
    nearBoth(meanInterval(runs(k, of), SHARE), midP);
  }
});

test('six runs that all worked leave it open whether four in ten fail', () => {
  const [low, high] = boundedMean([0.95, 0.95, 0.95, 0.95, 0.95, 0.95], SHARE)!.interval!;
  near(low, 0.95 * 0.05 ** (1 / 6), 1e-6);
  assert.ok(low < 0.58 && high > 0.95 && high < 1);
});

test('the distribution of a weighted mean is that of as many draws of its weights', () => {
  const values = [0.1, 0.1, 0.4, 0.95];
  const distribution = new MeanDistribution(values, [{ at: 0, chance: 1 }]);
  const random = Random.of(5);
  const drawn = Array.from({ length: 20_000 }, (_, b) => {
    const weights = [...values, 0].map((_value, i) => -Math.log(1 - random.at(b).uniform(i)));
    return values.reduce((sum, v, i) => sum + v * weights[i]!, 0) / weights.reduce((a, w) => a + w, 0);
  }).sort((a, b) => a - b);
  for (const q of [0.01, 0.025, 0.2, 0.5, 0.8, 0.975])
    near(distribution.quantile(q), quantile(drawn, q), 0.01);
});

test('scores that are nearly equal give what equal ones give', () => {
  const equal = meanInterval([0.3, 0.3, 0.9, 0.9], SHARE);
  nearBoth(meanInterval([0.3, 0.3 + 1e-13, 0.9, 0.9 - 1e-13], SHARE), equal, 1e-9);
});

test('an interval contains the mean, whatever the scores', () => {
  const random = Random.of(7);
  for (let run = 0; run < 200; run++) {
    const scores = Array.from({ length: 2 + (run % 11) }, (_, i) => random.at(run).uniform(i) ** 4);
    const { value, interval } = boundedMean(scores, SHARE)!;
    assert.ok(interval![0] <= value && value <= interval![1], `${String(scores)}: ${String(interval)}`);
  }
});

test('one run has a figure and no interval, and none has neither', () => {
  assert.deepEqual(boundedMean([0.5], SHARE), { value: 0.5 });
  assert.equal(boundedMean([], SHARE), undefined);
  assert.deepEqual(spreadMean([3]), { value: 3 });
});

test('pairing removes what both arms share', () => {
  const shared = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 0.9];
  const a = shared.map((s, i) => s + 0.05 + (i % 2) / 100);
  const paired = middle(pairedDistribution(a.map((s, i) => s - shared[i]!)));
  const apart = differenceInterval(
    ...([a, shared].map((scores) => quantileGrid(meanDistribution(scores, SHARE))) as [number[], number[]]),
  );
  const width = ([low, high]: readonly [number, number]): number => high - low;
  assert.ok(width(paired) < 0.85 * width(apart), `${String(paired)} ${String(apart)}`);
});

test('the interval of a difference to something certain is that of the rest', () => {
  const grid = quantileGrid(meanDistribution([0.2, 0.9, 0.9, 0.4], SHARE));
  const [low, high] = meanInterval([0.2, 0.9, 0.9, 0.4], SHARE);
  nearBoth(differenceInterval(grid, [0.1]), [low - 0.1, high - 0.1], 0.005);
  nearBoth(differenceInterval([0.1], grid), [0.1 - high, 0.1 - low], 0.005);
});

test('the grid of a distribution has its quantiles, with jumps and with values that are nearly equal', () => {
  for (const values of [
    [1, 1, 1, 1],
    [0.001, 0.001 + 1e-12, 0.0011],
    [0.95, 0.94, 0.2, 0.95, 0.951, 0.001],
  ]) {
    const distribution = meanDistribution(values, SHARE);
    const grid = quantileGrid(distribution);
    for (const i of [0, 9, 100, 200, 300, 390, 399])
      near(grid[i], distribution.quantile((i + 0.5) / grid.length), 0.001);
  }
});

test('no interval is given for a share of a distance that may not be there', () => {
  const [low, top] = [runs(1, 4), runs(3, 4)];
  const found = recovered({ own: runs(2, 4), from: low, to: top }, SHARE, Random.of(0))!;
  near(found.value, 0.5);
  assert.equal(found.interval, undefined);
  const clear = recovered({ own: runs(8, 8), from: runs(0, 8), to: runs(8, 8) }, SHARE, Random.of(0))!;
  assert.ok(clear.interval![0] > 0.5 && clear.interval![0] < 1 && clear.interval![1] >= 1);
  assert.equal(recovered({ own: low, from: top, to: low }, SHARE, Random.of(0)), undefined);
});
