/** Comparisons and their units as the page shows them. Pure. */
import { type Comparison as ComparisonMessage, type ComparisonUnit, timestampMs } from '@soar/contracts';
import type { Comparison, ComparisonBrief, UnitRow } from '@soar/page';
import { stateOf } from './run-rows.js';

export function comparisonBrief(comparison: ComparisonMessage): ComparisonBrief {
  return {
    id: comparison.id,
    state: stateOf(comparison.state),
    unitsDone: comparison.unitsDone,
    unitsTotal: comparison.unitsTotal,
    createdMs: comparison.createTime === undefined ? 0 : timestampMs(comparison.createTime),
    failure: comparison.failure,
  };
}

export function comparisonRow(comparison: ComparisonMessage, units: readonly UnitRow[]): Comparison {
  const { seeds } = comparison;
  return {
    ...comparisonBrief(comparison),
    arms: comparison.arms,
    teacherSeeds: seeds?.teachers ?? [],
    studentSeeds: seeds?.students ?? [],
    aloneSeeds: seeds?.alone ?? [],
    base: comparison.base?.key ?? '',
    domain: comparison.config?.domain ?? '',
    units,
  };
}

export function unitRow({ name, result }: ComparisonUnit): UnitRow {
  if (result.case === 'student') {
    const { arm, teacherSeed, studentSeed, heldOut, cost } = result.value;
    const curve = heldOut.map(({ step, samples, correct }) => {
      const sum = correct.reduce((all, n) => all + n, 0);
      return [step, sum / Math.max(1, samples * correct.length)] as const;
    });
    const last = curve.at(-1);
    return {
      name,
      kind: 'student',
      of: arm,
      ...(teacherSeed === undefined ? {} : { teacherSeed }),
      studentSeed,
      ...(last === undefined ? {} : { pass1: last[1] }),
      curve,
      hasRun: false,
      seconds: cost?.seconds ?? 0,
    };
  }
  const teacher = result.value;
  return {
    name,
    kind: 'teacher',
    of: teacher?.teacher ?? '',
    ...(teacher === undefined ? {} : { teacherSeed: teacher.teacherSeed }),
    curve: [],
    promotions: teacher?.promotions.length ?? 0,
    hasRun: (teacher?.steps.length ?? 0) > 0,
    seconds: teacher?.cost?.seconds ?? 0,
  };
}
