/** The students of an arm, grouped as their seeds are nested, and the difference of two arms. Pure. */
import type { Random } from '@soar/core';
import { type Estimate, estimate } from './interval.js';
import { crossed, type Groups, meanOfGroups, nested, independent } from './resampling.js';
import type { StudentUnit } from './results.js';
import { passOf } from './student-score.js';

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

  /** Whether they come from teachers. */
  get isTaught(): boolean {
    return this.groups.some(({ teacherSeed }) => teacherSeed !== undefined);
  }

  scores(k: number): Groups {
    return this.groups.map(({ units }) => units.map((unit) => lastPass(unit, k)));
  }

  scoreOf(studentSeed: number, k: number): number | undefined {
    const unit = this.all.find((it) => it.studentSeed === studentSeed);
    return unit === undefined ? undefined : lastPass(unit, k);
  }
}

/**
 * Mean difference of two arms. Students that share seeds are paired, in a table of teachers by students if one arm
 * has teachers. If a teacher has only one student, or both arms have teachers, it is the difference of the
 * means, with each arm resampled on its own.
 */
export function difference(a: Students, b: Students, k: number, random: Random): Estimate | undefined {
  const bounds = { bounds: [-1, 1] } as const;
  const shared = [...new Set(a.all.map(({ studentSeed }) => studentSeed))].filter(
    (seed) => b.scoreOf(seed, k) !== undefined,
  );
  if (!b.isTaught && !a.isTaught && shared.length > 0) {
    const pairs = shared.map((seed) => [a.scoreOf(seed, k)! - b.scoreOf(seed, k)!]);
    return estimate(nested(pairs), meanOfGroups, random, bounds);
  }
  if (!b.isTaught && a.isTaught && shared.length > 1) {
    const cell = (units: readonly StudentUnit[], seed: number): number | undefined => {
      const unit = units.find(({ studentSeed }) => studentSeed === seed);
      return unit === undefined ? undefined : lastPass(unit, k) - b.scoreOf(seed, k)!;
    };
    const table = a.groups.map(({ units }) => shared.map((seed) => cell(units, seed)));
    return estimate(crossed(table), meanOfGroups, random, bounds);
  }
  const both = independent(nested(a.scores(k)), nested(b.scores(k)));
  return estimate(both, ([x, y]) => meanOfGroups(x) - meanOfGroups(y), random, bounds);
}

function lastPass({ heldOut }: StudentUnit, k: number): number {
  return passOf(heldOut.at(-1)!, k);
}
