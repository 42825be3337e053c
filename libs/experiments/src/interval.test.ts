import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { estimate } from './interval.js';
import { quantile, sd, varianceComponents } from './moments.js';
import { crossed, meanOfGroups, nested, independent, type Groups } from './resampling.js';
import { t975 } from './student-t.js';

interface Fixtures {
  readonly t: readonly (readonly [number, number])[];
  readonly variance: { groups: number[][]; sd: number; within: number; between: number };
  readonly quantiles: { values: number[]; at: [number, number][] };
}
const fixtures = JSON.parse(
  readFileSync(new URL('../testdata/fixtures.json', import.meta.url), 'utf8'),
) as Fixtures;
const near = (got: number | undefined, expected: number, within = 1e-9): void =>
  assert.ok(got !== undefined && Math.abs(got - expected) <= within, `got ${got}, expected ${expected}`);

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

test('nested resampling has the distribution of all 3^3 * 2^6 resamples, counted one by one', () => {
  const groups = [
    [0, 1],
    [4, 9],
    [20, 3],
  ];
  const within = (g: readonly number[]): number[] => g.flatMap((a) => g.map((b) => (a + b) / 2));
  const means: number[] = [];
  for (const a of groups)
    for (const b of groups)
      for (const c of groups)
        for (const x of within(a))
          for (const y of within(b)) for (const z of within(c)) means.push((x + y + z) / 3);
  const random = Random.of(5);
  const drawn = Array.from({ length: 20000 }, (_, b) => meanOfGroups(nested(groups).resample(random.at(b))));
  near(drawn.reduce((a, b) => a + b) / drawn.length, means.reduce((a, b) => a + b) / means.length, 0.08);
  near(sd(drawn), sd(means)!, 0.06);
});

const EXPERIMENTS = 200;

/** Share of simulated experiments whose intervals contain the true mean: [widened, percentile]. */
function coverageOf(truth: number, drawn: (noise: Random) => Groups, address: Random): [number, number] {
  let [widened, plain] = [0, 0];
  for (let run = 0; run < EXPERIMENTS; run++) {
    const noise = address.at(run);
    const found = estimate(nested(drawn(noise)), meanOfGroups, noise.at('bootstrap'), { resamples: 300 })!;
    const holds = ([low, high]: readonly [number, number]): number => Number(low <= truth && truth <= high);
    widened += holds(found.interval!);
    plain += holds(found.percentile!);
  }
  return [widened / EXPERIMENTS, plain / EXPERIMENTS];
}

/** Coverage for normal scores: teachers with a standard deviation `between`, their students with `within`. */
function coverage(teachers: number, students: number, between: number, within: number): [number, number] {
  const drawn = (noise: Random): Groups =>
    Array.from({ length: teachers }, (_, t) => {
      const teacher = between * noise.at('teacher').normal(t);
      return Array.from({ length: students }, (_, s) => teacher + within * noise.at('student', t).normal(s));
    });
  return coverageOf(0, drawn, Random.of(11).at(teachers, students));
}

/** Coverage when teachers sometimes fail: each student scores about 0.95, or 0 if its teacher failed. */
function coverageWithFailures(teachers: number, failing: number): number {
  const drawn = (noise: Random): Groups =>
    Array.from({ length: teachers }, (_, t) =>
      noise.at('fails').uniform(t) < failing
        ? [0, 0, 0]
        : [0, 1, 2].map((s) => 0.95 + 0.01 * noise.at(t).normal(s)),
    );
  return coverageOf(0.95 * (1 - failing), drawn, Random.of(12).at(teachers))[0];
}

test('the nested interval of normal scores has about its nominal coverage, wherever the variance lies', () => {
  for (const [teachers, students, between, within] of [
    [4, 3, 1, 0.2],
    [4, 3, 1, 1],
    [4, 3, 0, 1],
    [6, 1, 1, 0],
    [12, 1, 1, 0],
  ] as const) {
    const [widened] = coverage(teachers, students, between, within);
    assert.ok(widened >= 0.92, `${teachers} x ${students}, sd ${between} / ${within}: ${widened}`);
  }
});

test('the plain percentile interval of four teachers covers much less, which is why intervals are widened', () => {
  const [, plain] = coverage(4, 3, 1, 0.2);
  assert.ok(plain < 0.88, String(plain));
});

test('when one teacher in ten fails, intervals from few teachers undercover: half of all sixes have no failure', () => {
  const [six, ten, forty] = [6, 10, 40].map((teachers) => coverageWithFailures(teachers, 0.1));
  assert.ok(six! > 0.35 && six! < 0.6, `six teachers: ${six}`);
  assert.ok(ten! > 0.5 && ten! < 0.8, `ten teachers: ${ten}`);
  assert.ok(forty! > 0.85, `forty teachers: ${forty}`);
});

test('an interval is the same wherever it is computed, and another address gives another one', () => {
  const design = nested([
    [1, 2, 3],
    [2, 5, 4],
    [9, 1, 1],
  ]);
  const first = estimate(design, meanOfGroups, Random.of(0).at('a'));
  assert.deepEqual(estimate(design, meanOfGroups, Random.of(0).at('a')), first);
  assert.notDeepEqual(estimate(design, meanOfGroups, Random.of(0).at('b')), first);
});

test('one teacher has a figure and no interval; equal scores have an interval of zero width', () => {
  assert.deepEqual(estimate(nested([[1, 2]]), meanOfGroups, Random.of(0)), { value: 1.5 });
  assert.deepEqual(estimate(nested([[1], [1]]), meanOfGroups, Random.of(0))!.interval, [1, 1]);
});

test('pairing removes the variance that both arms share', () => {
  const shared = [0, 10, 20, 30, 40, 50];
  const a = shared.map((s, i) => [s + 1 + (i % 2) / 10]);
  const b = shared.map((s) => [s]);
  const paired = nested(a.map((g, i) => [g[0]! - b[i]![0]!]));
  const width = ([low, high]: readonly [number, number]): number => high - low;
  const apart = independent(nested(a), nested(b));
  const difference = ([x, y]: readonly [Groups, Groups]): number => meanOfGroups(x) - meanOfGroups(y);
  const narrow = estimate(paired, meanOfGroups, Random.of(1))!;
  const wide = estimate(apart, difference, Random.of(1))!;
  near(narrow.value, wide.value);
  assert.ok(width(narrow.interval!) < 0.3 && width(wide.interval!) > 20);
});

test('a student seed that occurs in every row counts once, not once per teacher', () => {
  const byColumn = [0, 1, 5, 2].map(() => [0, 3, 6]);
  const interval = estimate(crossed(byColumn), meanOfGroups, Random.of(2))!.interval!;
  assert.ok(interval[0] < 0.1 && interval[1] > 5.9, String(interval));
});
