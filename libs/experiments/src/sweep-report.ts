/**
 * The report of a sweep from the reports of its points: what varies, and the figures of every point side by side. Pure.
 *
 * Points share what their settings cannot change: arms without a teacher at another tau are the same students, so they
 * are no second evidence. Every interval is that of the point's own comparison.
 */
import type { ArmReport, ComparisonReport, TeacherReport } from './report.js';
import type { Comparison } from './results.js';

/** A field of the configuration that varies, and its values in the order of figures. */
export interface SweptField {
  readonly field: string;
  /** Its value in the base configuration; absent where that leaves it open. */
  readonly base?: unknown;
  readonly values: readonly unknown[];
}

export interface SweptSetting {
  readonly field: string;
  readonly value: unknown;
}

/** What was swept, as far as a comparison does not say it. */
export interface Sweep extends Pick<
  Comparison,
  'version' | 'command' | 'domain' | 'model' | 'problems' | 'arms' | 'seeds' | 'config' | 'passAt'
> {
  readonly id: string;
  readonly design: 'one-at-a-time' | 'grid';
  readonly fields: readonly SweptField[];
}

/** A point, and the report of its comparison as far as there are results. */
export interface SweepPoint {
  /** "base", or its settings: "promotion.tau = 0.05". */
  readonly name: string;
  /** All varied fields with their values at this point, those of the base among them. */
  readonly values: readonly SweptSetting[];
  /** Whether every varied field has the base's value. */
  readonly isBase: boolean;
  /** Id of its comparison, and the folder of its results below that of the sweep. */
  readonly comparison: string;
  readonly folder: string;
  readonly unitsDone: number;
  readonly unitsTotal: number;
  /** Taken over from earlier points. */
  readonly unitsShared: number;
  readonly report?: ComparisonReport;
}

export interface SweepPointReport extends Omit<SweepPoint, 'report'> {
  readonly arms: readonly Omit<ArmReport, 'about' | 'recovered'>[];
  readonly teachers: readonly Pick<TeacherReport, 'teacher' | 'title' | 'seeds' | 'promotions'>[];
}

export interface SweepReport {
  readonly format: 'soar-sweep-report/1';
  readonly sweep: Sweep;
  /** Least pass@1 of a student that is off the plateau. */
  readonly offPlateauFrom: number;
  readonly points: readonly SweepPointReport[];
}

export function sweepReport(
  sweep: Sweep,
  points: readonly SweepPoint[],
  offPlateauFrom: number,
): SweepReport {
  return {
    format: 'soar-sweep-report/1',
    sweep,
    offPlateauFrom,
    points: points.map(({ report, ...point }) => ({
      ...point,
      arms: (report?.arms ?? []).map(({ about: _, recovered: __, ...arm }) => arm),
      teachers: (report?.teachers ?? []).map(({ teacher, title, seeds, promotions }) => ({
        teacher,
        title,
        seeds,
        promotions,
      })),
    })),
  };
}

/** A value as tables and axes write it: 0.05, true, "1 to 3"; an object by its fields. */
export function settingText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(settingText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? '' : String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${settingText(inner)}`)
    .join(', ');
}
