/**
 * How often an interval contains the true mean: comparisons are simulated whose outcomes are bimodal, as those of
 * runs are. A student that works scores about 0.95, one that does not 0.001. What differs is who fails: a teacher
 * with all of its students, each student by itself, or both. Two more cases are there for contrast: levels that
 * differ a lot, and scores that are not bimodal at all.
 *
 * `npm run bench:coverage` prints all cells; a test holds some of them. Pure.
 */
import type { Random } from '@soar/core';
import {
  differenceInterval,
  type Interval,
  meanDistribution,
  middle,
  pairedDistribution,
  quantileGrid,
  SHARE,
} from './bounded-mean.js';
import { mean } from './moments.js';

/** Who fails, or what differs instead. */
export type Failing = 'teachers' | 'students' | 'both' | 'levels' | 'none';

export interface Simulated {
  readonly failing: Failing;
  /** Chance that a student fails; of `none`: standard deviation of teachers. */
  readonly rate: number;
  readonly teachers: number;
  readonly students: number;
}

const STUCK = 0.001;
const WORKS = 0.95;
const NOISE = 0.01;

/** Scores of one simulated arm, by teacher. */
export function simulatedArm({ failing, rate, teachers, students }: Simulated, random: Random): number[][] {
  return Array.from({ length: teachers }, (_, t) => {
    const teacher = random.at('teacher', t);
    if (failing === 'none') {
      const level = 0.55 + rate * teacher.normal(0);
      return Array.from({ length: students }, (__, s) =>
        inRange(level + 0.02 * teacher.at('student').normal(s)),
      );
    }
    // Where both fail, each does with the chance that makes `rate` together.
    const each = failing === 'both' ? 1 - Math.sqrt(1 - rate) : rate;
    const level = failing === 'levels' ? 0.3 + 0.65 * teacher.uniform(1) : WORKS;
    const allFail = failing !== 'students' && teacher.uniform(0) < each;
    return Array.from({ length: students }, (__, s) => {
      const alone = failing === 'students' || failing === 'both';
      const fails = allFail || (alone && teacher.at('fails').uniform(s) < each);
      return fails ? STUCK : inRange(level + NOISE * teacher.at('student').normal(s));
    });
  });
}

function inRange(score: number): number {
  return Math.min(1, Math.max(0, score));
}

function trueMean({ failing, rate }: Simulated): number {
  if (failing === 'none') return 0.55;
  const level = failing === 'levels' ? 0.3 + 0.65 / 2 : WORKS;
  return (1 - rate) * level + rate * STUCK;
}

/** Share of `experiments` simulated arms whose interval contains the true mean. */
export function coverageOfMean(
  arm: Simulated,
  interval: (scores: readonly number[], range: Interval) => Interval,
  random: Random,
  experiments: number,
): number {
  const truth = trueMean(arm);
  return shareOf(experiments, (run) => {
    const scores = simulatedArm(arm, random.at(run)).map(mean);
    return holds(interval(scores, SHARE), truth);
  });
}

/** The same for the difference of two arms, paired by teacher or not. */
export function coverageOfDifference(
  [a, b]: readonly [Simulated, Simulated],
  isPaired: boolean,
  random: Random,
  experiments: number,
): number {
  const truth = trueMean(a) - trueMean(b);
  return shareOf(experiments, (run) => {
    const x = simulatedArm(a, random.at(run, 'a')).map(mean);
    const y = simulatedArm(b, random.at(run, 'b')).map(mean);
    const interval = isPaired
      ? middle(pairedDistribution(x.map((score, i) => score - y[i]!)))
      : differenceInterval(
          quantileGrid(meanDistribution(x, SHARE)),
          quantileGrid(meanDistribution(y, SHARE)),
        );
    return holds(interval, truth);
  });
}

function holds([low, high]: Interval, truth: number): boolean {
  return low <= truth && truth <= high;
}

function shareOf(experiments: number, isTrue: (run: number) => boolean): number {
  let count = 0;
  for (let run = 0; run < experiments; run++) if (isTrue(run)) count++;
  return count / experiments;
}
