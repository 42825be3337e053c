/** The students of an arm, grouped as their seeds are nested, and the difference of two arms. Pure. */
import { ARMS } from './arms.js';
import {
  differenceInterval,
  meanDistribution,
  middle,
  pairedDistribution,
  quantileGrid,
  SHARE,
} from './bounded-mean.js';
import type { Estimate } from './interval.js';
import { mean } from './moments.js';
import type { StudentUnit } from './results.js';
import { scoreOf } from './student-score.js';

/** Orders units by seed. They arrive in the order in which they finished, which must not change sums or resamples. */
export function bySeeds(a: Seeded, b: Seeded): number {
  return (a.teacherSeed ?? 0) - (b.teacherSeed ?? 0) || (a.studentSeed ?? 0) - (b.studentSeed ?? 0);
}

interface Seeded {
  readonly teacherSeed?: number;
  readonly studentSeed?: number;
}

/** The students of one teacher, or one student without a teacher. */
export interface Group {
  readonly teacherSeed: number | undefined;
  readonly units: readonly StudentUnit[];
}

/** The students of one arm, by teacher. */
export class Students {
  readonly groups: readonly Group[];

  constructor(readonly all: readonly StudentUnit[]) {
    const seeds = [...new Set(all.map(({ teacherSeed }) => teacherSeed))].sort((a, b) => (a ?? 0) - (b ?? 0));
    // Without a teacher every student is a group of its own.
    this.groups = seeds.flatMap((teacherSeed): Group[] => {
      const units = all.filter((unit) => unit.teacherSeed === teacherSeed);
      return teacherSeed === undefined
        ? units.map((unit) => ({ teacherSeed, units: [unit] }))
        : [{ teacherSeed, units }];
    });
  }

  /**
   * Whether they are evaluations of one model that nothing was done to: no runs, whose outcomes could differ by more
   * than the noise of sampling.
   */
  get isFixed(): boolean {
    return (
      this.all.length > 0 &&
      this.all.every(({ arm }) => !ARMS[arm].trained && ARMS[arm].teacher === undefined)
    );
  }

  /** Whether they come from teachers. */
  get isTaught(): boolean {
    return this.groups.some(({ teacherSeed }) => teacherSeed !== undefined);
  }

  /** Last pass@k of its students, by teacher. */
  scores(k: number): readonly (readonly number[])[] {
    return this.groups.map(({ units }) => units.map((unit) => lastPass(unit, k)));
  }

  /**
   * One score of each independent unit: the mean over a teacher's students, whatever their number, or a student.
   * Teachers are independent; how far the students of one agree does not matter.
   */
  independent(k: number): readonly number[] {
    return this.scores(k).map(mean);
  }

  /** Seeds of the independent units. */
  get seeds(): readonly number[] {
    return this.isTaught
      ? this.groups.map(({ teacherSeed }) => teacherSeed!)
      : this.all.map(({ studentSeed }) => studentSeed);
  }
}

/**
 * Difference of the means of two arms. They are paired where both have the same seeds: of teachers if both have
 * teachers, of students if neither has. Otherwise each arm has its own units. Students of a teacher share their seeds
 * with those of arms without one, but learn from other questions; nothing is made of it.
 */
export function difference(a: Students, b: Students, k: number): Estimate | undefined {
  const [x, y] = [a.independent(k), b.independent(k)];
  if (x.length === 0 || y.length === 0) return undefined;
  const value = mean(x) - mean(y);
  if (x.length < 2 || y.length < 2) return { value };
  const isPaired = !a.isFixed && !b.isFixed && a.isTaught === b.isTaught && haveEqual(a.seeds, b.seeds);
  return {
    value,
    interval: isPaired
      ? middle(pairedDistribution(x.map((score, i) => score - y[i]!)))
      : differenceInterval(gridOf(a, k), gridOf(b, k)),
  };
}

/** Where the mean of an arm may be; that of a fixed model is known. */
function gridOf(students: Students, k: number): readonly number[] {
  const scores = students.independent(k);
  return students.isFixed ? [mean(scores)] : quantileGrid(meanDistribution(scores, SHARE));
}

function haveEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function lastPass(unit: StudentUnit, k: number): number {
  return scoreOf(unit, k);
}
