/**
 * How far a comparison is, in units, and about how long it still takes: units are weighed by their work, and the rest
 * takes as long, for its weight, as what was done since this command follows it. For people; nothing depends on it.
 */
import { type Comparison, type Progress, type RunConfig, RunState } from '@soar/contracts';
import { ARMS, type ArmName, TEACHER_NAMES } from '@soar/experiments';
import { comparisonWork, type SeedCounts } from '../plan/workload.js';
import type { Whole } from './run-course.js';
import { weightOf } from './weights.js';

/** A rate of less work than this share of the whole says little. */
const SHARE_MIN = 0.005;
/** Where the size of the split is not known, which only evaluations depend on. */
const PROBLEMS = 100;

export class ComparisonCourse {
  private comparison: Comparison | undefined;
  private weights: ReadonlyMap<string, number> = new Map();
  private total = 0;
  private readonly done = new Set<string>();
  /** Work that was finished before this command. */
  private before = 0;
  /** Share done of the units under way. */
  private readonly shares = new Map<string, number>();
  private beganMs: number | undefined;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  take(comparison: Comparison): void {
    this.comparison = comparison;
    const { config, seeds } = comparison;
    const arms = comparison.arms.filter((arm): arm is ArmName => Object.hasOwn(ARMS, arm));
    if (config === undefined || seeds === undefined || !isWhole(config)) return;
    const one = { teachers: 1, students: 1, alone: 1 };
    const counts = {
      teachers: seeds.teachers.length,
      students: seeds.students.length,
      alone: seeds.alone.length,
    };
    this.weights = weightsOf(config, arms, one);
    this.total = sum(weightsOf(config, arms, counts));
  }

  /** A finished unit; `isOld`: finished before this command. */
  unit(name: string, isOld: boolean): void {
    if (this.done.has(name)) return;
    this.done.add(name);
    this.shares.delete(name);
    if (isOld) this.before += this.weightOf(name);
  }

  progress({ activity, done, total }: Progress): void {
    this.beganMs ??= this.nowMs();
    if (total > 0 && !this.done.has(activity)) this.shares.set(activity, done / total);
  }

  whole(): Whole | undefined {
    if (this.comparison === undefined) return undefined;
    const { unitsTotal: total, state } = this.comparison;
    const done = Math.max(this.comparison.unitsDone, this.done.size);
    const secondsLeft = state === RunState.RUNNING ? this.secondsLeft() : undefined;
    return { done, total, unit: 'units', secondsLeft };
  }

  private secondsLeft(): number | undefined {
    if (this.beganMs === undefined || this.total === 0) return undefined;
    const underWay = [...this.shares].reduce((all, [name, share]) => all + share * this.weightOf(name), 0);
    const finished = [...this.done].reduce((all, name) => all + this.weightOf(name), 0);
    const work = finished - this.before + underWay;
    if (work < SHARE_MIN * this.total) return undefined;
    const rate = work / ((this.nowMs() - this.beganMs) / 1000);
    return Math.max(0, this.total - finished - underWay) / rate;
  }

  /** Of a unit by its name: teacher-<kind>-<seed>, student-<arm>-<seeds>; 0 of what is no unit. */
  private weightOf(name: string): number {
    return this.weights.get(name.replace(/(-\d+)+$/, '')) ?? 0;
  }
}

/** By kind of unit: teacher-grounded, student-pq. */
function weightsOf(config: RunConfig, arms: readonly ArmName[], seeds: SeedCounts): Map<string, number> {
  const works = comparisonWork(config, { train: PROBLEMS, test: PROBLEMS }, arms, seeds);
  const of = (isPart: (name: string) => boolean): number =>
    works.filter(({ name }) => isPart(name)).reduce((all, work) => all + weightOf(work, config), 0);
  return new Map([
    ...TEACHER_NAMES.map((kind): [string, number] => [
      `teacher-${kind}`,
      of((name) => name.startsWith(`teacher ${kind}: `) || name === `questions of teacher ${kind}`),
    ]),
    ...arms.map((arm): [string, number] => [
      `student-${arm}`,
      of((name) => name === `students of ${arm}` || name === `evaluations of ${arm}`),
    ]),
  ]);
}

/** Whether it has what is counted. */
function isWhole({ student, teacher, comparison, promotion }: RunConfig): boolean {
  const hasSampling = teacher?.sampling !== undefined && comparison?.sampling !== undefined;
  return hasSampling && student?.rl?.sampling !== undefined && promotion !== undefined;
}

function sum(weights: ReadonlyMap<string, number>): number {
  return [...weights.values()].reduce((all, weight) => all + weight, 0);
}
