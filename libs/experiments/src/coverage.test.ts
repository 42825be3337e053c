/** Coverage in some cells of the table of docs/experiments/2026-11-30-coverage.md, with fewer experiments. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { exactInterval, meanInterval } from './bounded-mean.js';
import {
  coverageOfDifference,
  coverageOfMean,
  type Failing,
  type Simulated,
  simulatedArm,
} from './coverage.js';
import { mean } from './moments.js';

const EXPERIMENTS = 400;
/** Four standard errors of 400 experiments at 95 %. */
const NOISE = 0.044;

const cell = (failing: Failing, rate: number, teachers: number, students: number): Simulated => ({
  failing,
  rate,
  teachers,
  students,
});

const cells: readonly Simulated[] = [
  cell('teachers', 0.05, 12, 1),
  cell('teachers', 0.1, 6, 3),
  cell('teachers', 0.2, 10, 1),
  cell('teachers', 0.5, 8, 3),
  cell('teachers', 0.3, 4, 1),
  cell('students', 0.3, 6, 3),
  cell('both', 0.2, 8, 3),
  cell('levels', 0.2, 6, 3),
];

for (const arm of cells) {
  const { failing, rate, teachers, students } = arm;
  test(`${failing} of ${rate}: intervals of ${teachers} teachers with ${students} students cover`, () => {
    const covered = coverageOfMean(arm, meanInterval, Random.of(3).at('coverage'), EXPERIMENTS);
    assert.ok(covered >= 0.95 - NOISE, String(covered));
  });
}

test('the exact interval covers no less', () => {
  const arm = cell('teachers', 0.2, 12, 1);
  const covered = coverageOfMean(arm, exactInterval, Random.of(3).at('exact'), EXPERIMENTS);
  assert.ok(covered >= 0.95, String(covered));
});

test("Student's t, which knows only the spread that it sees, covers half of what it says", () => {
  const arm = cell('teachers', 0.1, 6, 3);
  const none = (scores: readonly number[]): readonly [number, number] => {
    const m = mean(scores);
    const sd = Math.sqrt(scores.reduce((sum, v) => sum + (v - m) ** 2, 0) / (scores.length - 1));
    const distance = (2.5706 * sd) / Math.sqrt(scores.length);
    return [m - distance, m + distance];
  };
  const covered = coverageOfMean(arm, none, Random.of(3).at('t'), EXPERIMENTS);
  assert.ok(covered > 0.4 && covered < 0.55, String(covered));
});

test('differences cover, paired and not', () => {
  for (const [isPaired, few, many] of [
    [true, 0.1, 0.9],
    [true, 0.5, 0.5],
    [false, 0.2, 0.8],
  ] as const) {
    const arms = [cell('teachers', few, 8, 1), cell('teachers', many, 8, 1)] as const;
    const covered = coverageOfDifference(arms, isPaired, Random.of(4).at('difference'), EXPERIMENTS / 2);
    assert.ok(covered >= 0.95 - NOISE * Math.SQRT2, `${isPaired} ${few} ${many}: ${covered}`);
  }
});

test('simulated students fail as often as they should, whoever fails', () => {
  for (const failing of ['teachers', 'students', 'both'] as const) {
    const arm = simulatedArm(cell(failing, 0.3, 4000, 2), Random.of(5));
    const share = mean(arm.flat().map((score) => (score < 0.1 ? 1 : 0)));
    assert.ok(Math.abs(share - 0.3) < 0.03, `${failing}: ${share}`);
  }
});

/** Chance of k failures of n. */
function binomial(n: number, k: number, rate: number): number {
  let ways = 1;
  for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1);
  return ways * rate ** k * (1 - rate) ** (n - k);
}

test('of runs that succeed or fail, 91 % at least and 95 on average are covered at every rate, counted exactly', () => {
  for (const n of [4, 6, 8, 10, 12]) {
    const ks = Array.from({ length: n + 1 }, (_, k) => k);
    const runs = ks.map((k) => ks.slice(1).map((i) => (i <= k ? 0 : 1)));
    const [reported, exact] = [meanInterval, exactInterval].map((interval) => {
      const intervals = runs.map((scores) => interval(scores, [0, 1]));
      return Array.from({ length: 199 }, (_, i) => {
        const rate = (i + 1) / 200 + 0.0003;
        const holds = ks.filter((k) => intervals[k]![0] <= 1 - rate && 1 - rate <= intervals[k]![1]);
        return holds.reduce((sum, k) => sum + binomial(n, k, rate), 0);
      });
    });
    assert.ok(Math.min(...reported!) >= 0.91, `${n}: ${Math.min(...reported!)}`);
    assert.ok(mean(reported!) >= 0.95 && mean(reported!) < mean(exact!), `${n}: ${mean(reported!)}`);
    assert.ok(Math.min(...exact!) >= 0.95, `${n}: ${Math.min(...exact!)}`);
  }
});
