/**
 * Which runs get off the plateau: the one definition that every table and figure uses. Pure.
 *
 * A student is off when its last pass@1 on the held-out problems is at least 10 %. Outcomes lie far from it on either
 * side: hard problems are screened to 0, and students that learn to solve them end near the top.
 */
import { exactInterval, SHARE } from './bounded-mean.js';
import { type Estimate, spreadMean } from './interval.js';
import { mean } from './moments.js';

/** Least pass@1 of a student that is off the plateau. */
export const OFF_PLATEAU = 0.1;

export interface OffPlateau {
  /** Students that got off. */
  readonly students: number;
  /**
   * Share of students that get off; every teacher has the same weight. Its interval is Clopper and Pearson's, of
   * teachers, or of students where there are none. Where students of one teacher differ it is its extension to means
   * (bounded-mean.ts).
   */
  readonly share: Estimate;
  /** Mean pass@1 of the students that got off, with Student's t over teachers; absent if none did. */
  readonly level?: Estimate;
}

/** `groups`: last pass@1 of students, by teacher. */
export function offPlateau(groups: readonly (readonly number[])[]): OffPlateau {
  const isOff = (score: number): boolean => score >= OFF_PLATEAU;
  const shares = groups.map((scores) => scores.filter(isOff).length / scores.length);
  const levels = groups.flatMap((scores) => {
    const off = scores.filter(isOff);
    return off.length === 0 ? [] : [mean(off)];
  });
  const level = spreadMean(levels, SHARE);
  return {
    students: groups.flat().filter(isOff).length,
    share: {
      value: mean(shares),
      ...(shares.length < 2 ? {} : { interval: exactInterval(shares, SHARE) }),
    },
    ...(level === undefined ? {} : { level }),
  };
}
