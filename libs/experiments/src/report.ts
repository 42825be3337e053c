/**
 * Computes the report of a comparison from the raw results alone. Pure; equal results give equal reports, except for
 * seconds.
 *
 * Scores are those of the last evaluation, at the end of the budget that the arms share (student-score.ts). An arm's
 * mean gives every teacher the same weight. Independent units are teachers, and students in arms without a teacher;
 * differences are paired by seed where both arms have the same (students.ts).
 */
import { Random, UserError } from '@soar/core';
import { ARM_NAMES, ARMS, TEACHER_NAMES, TEACHERS } from './arms.js';
import { SHARE } from './bounded-mean.js';
import { type ArmStage, climbOf, type Stage, stagesOf, type TeacherClimb } from './climb.js';
import { boundedMean, type Estimate, recovered, spreadMean } from './interval.js';
import { mean, sd } from './moments.js';
import { OFF_PLATEAU, type OffPlateau, offPlateau } from './off-plateau.js';
import type {
  ArmName,
  AskedQuestion,
  Comparison,
  Cost,
  StudentUnit,
  TeacherName,
  TeacherUnit,
  Unit,
} from './results.js';
import { studentScore } from './student-score.js';
import { bySeeds, difference, Students } from './students.js';

/** A figure of an arm for one k of pass@k. */
export interface ArmFigure extends Estimate {
  /** Standard deviation over the arm's students; absent for a single one. */
  readonly spread?: Estimate;
  /** The same mean of scores by the paper's stopping rule (student-score.ts). */
  readonly afterStop: number;
}

export interface ArmReport {
  readonly arm: ArmName;
  readonly title: string;
  readonly about: string;
  /** Teachers that its students come from; 0 in arms without. */
  readonly teachers: number;
  readonly students: number;
  /** By k. */
  readonly passAt: Readonly<Record<number, ArmFigure>>;
  /** Students that get off the plateau, by their pass@1; absent for the base model, which is no run. */
  readonly offPlateau?: OffPlateau;
  /** Difference to Hard-Only, by k; absent for Hard-Only itself. */
  readonly overHardOnly?: Readonly<Record<number, Estimate>>;
  /** Share of the gap between Hard-Only and the upper bound that the arm closes, in pass@1. */
  readonly recovered?: Estimate;
  /** Of one student, on average. */
  readonly cost: Cost;
}

/** Questions of several teachers; shares are of all of them. */
export interface QuestionsReport {
  readonly questions: number;
  /** Shares by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Share that the oracle can answer; absent, like `correct`, without an oracle. */
  readonly wellPosed?: number;
  readonly correct?: number;
  /**
   * Vendi score of 128 questions on the base model's mean hidden states (vendi.ts), mean over the teachers that have
   * any; absent if not measured.
   */
  readonly hiddenDiversity?: Estimate;
}

export interface TeacherReport {
  readonly teacher: TeacherName;
  readonly title: string;
  readonly seeds: number;
  /** Questions sampled from the finished teachers. */
  readonly asked: QuestionsReport;
  /** Questions that earned promotions; absent if none did. */
  readonly promoted?: QuestionsReport;
  readonly wellFormed: number;
  readonly promotions: number;
  /** Rewards by stage of the run; empty for a teacher that is not trained. */
  readonly stages: Readonly<Partial<Record<Stage, ArmStage>>>;
  /** The run of each teacher; empty for one that is not trained. */
  readonly climbs: readonly TeacherClimb[];
  /** Of one teacher, on average. */
  readonly cost: Cost;
}

export interface ComparisonReport {
  readonly format: 'soar-comparison-report/1';
  readonly comparison: Comparison;
  /** Least pass@1 of a student that is off the plateau. */
  readonly offPlateauFrom: number;
  /** In the order of `ARMS`. */
  readonly arms: readonly ArmReport[];
  readonly teachers: readonly TeacherReport[];
  /** Pairs of arms whose difference in pass@1 the paper reports. */
  readonly pairs: readonly { readonly arm: ArmName; readonly over: ArmName; readonly passAt1: Estimate }[];
}

const SEED = 20_260_118;
/** Differences reported in addition to those to Hard-Only. */
const PAIRS: readonly (readonly [ArmName, ArmName])[] = [
  ['grounded-t', 'base-t'],
  ['grounded-t', 'intrinsic-t'],
  ['grounded-t', 'no-promotion'],
  ['ps', 'frozen-ps'],
  ['pq', 'frozen-pq'],
  ['pq', 'base-t'],
  ['pq', 'pq-correct'],
  ['pq-answers-right', 'pq-answers-wrong'],
  ['pq', 'pq-other-mode'],
  ['upper-bound', 'pq'],
];

/** Students by arm. */
interface ByArm {
  readonly comparison: Comparison;
  /** Arms that have students. */
  readonly arms: readonly ArmName[];
  of(arm: ArmName): Students;
}

/** Throws UserError if a unit belongs to another comparison, for example one with other problems. */
export function comparisonReport(comparison: Comparison, units: readonly Unit[]): ComparisonReport {
  const students = units.filter((unit) => unit.unit === 'student').sort(bySeeds);
  const teachers = units.filter((unit) => unit.unit === 'teacher').sort(bySeeds);
  for (const student of students) requireSameProblems(student, comparison);
  const of = (arm: ArmName): Students => new Students(students.filter((unit) => unit.arm === arm));
  const byArm: ByArm = { comparison, arms: ARM_NAMES.filter((arm) => of(arm).all.length > 0), of };
  const { arms } = byArm;
  return {
    format: 'soar-comparison-report/1',
    comparison,
    offPlateauFrom: OFF_PLATEAU,
    arms: arms.map((arm) => armReport(byArm, arm)),
    teachers: TEACHER_NAMES.flatMap((name) => {
      const its = teachers.filter(({ teacher }) => teacher === name);
      return its.length === 0 ? [] : [teacherReport(name, its)];
    }),
    pairs: PAIRS.flatMap(([arm, other]) => {
      const passAt1 = arms.includes(arm) && arms.includes(other) ? over(byArm, arm, other, 1) : undefined;
      return passAt1 === undefined ? [] : [{ arm, over: other, passAt1 }];
    }),
  };
}

function requireSameProblems({ arm, heldOut }: StudentUnit, comparison: Comparison): void {
  const wrong = heldOut.find(({ correct }) => correct.length !== comparison.heldOut.length);
  if (wrong !== undefined) {
    throw new UserError(
      `a student of ${arm} was evaluated on ${wrong.correct.length} problems, expected ${comparison.heldOut.length}`,
    );
  }
}

function randomAt(...at: (string | number)[]): Random {
  return Random.of(SEED).at(...at);
}

function over({ of }: ByArm, arm: ArmName, other: ArmName, k: number): Estimate | undefined {
  return difference(of(arm), of(other), k);
}

function armReport(byArm: ByArm, arm: ArmName): ArmReport {
  const { comparison, arms } = byArm;
  const its = byArm.of(arm);
  const byK = <T>(figure: (k: number) => T | undefined): Record<number, T> =>
    Object.fromEntries(
      comparison.passAt.flatMap((k) => {
        const value = figure(k);
        return value === undefined ? [] : [[k, value]];
      }),
    );
  const recovered = ['base', 'hard-only', 'upper-bound'].includes(arm) ? undefined : recoveredBy(byArm, arm);
  return {
    arm,
    title: ARMS[arm].title,
    about: ARMS[arm].about,
    teachers: its.groups.filter(({ teacherSeed }) => teacherSeed !== undefined).length,
    students: its.all.length,
    passAt: byK((k) => figureOf(its, k)),
    ...(its.isFixed ? {} : { offPlateau: offPlateau(its.scores(1)) }),
    ...(arm === 'hard-only' || !arms.includes('hard-only')
      ? {}
      : { overHardOnly: byK((k) => over(byArm, arm, 'hard-only', k)) }),
    ...(recovered === undefined ? {} : { recovered }),
    cost: meanCost(its.all),
  };
}

function figureOf(its: Students, k: number): ArmFigure | undefined {
  const value = (its.isFixed ? spreadMean : boundedMean)(its.independent(k), SHARE);
  if (value === undefined) return undefined;
  const spread = sd(its.scores(k).flat());
  const afterStop = mean(
    its.groups.map(({ units }) => mean(units.map((unit) => studentScore(unit, k).window))),
  );
  return { ...value, ...(spread === undefined ? {} : { spread: { value: spread } }), afterStop };
}

function recoveredBy({ arms, of }: ByArm, arm: ArmName): Estimate | undefined {
  if (!arms.includes('hard-only') || !arms.includes('upper-bound')) return undefined;
  const [own, from, to] = [arm, 'hard-only' as const, 'upper-bound' as const].map((name) =>
    of(name).independent(1),
  );
  return recovered({ own: own!, from: from!, to: to! }, SHARE, randomAt('recovered', arm));
}

function teacherReport(teacher: TeacherName, units: readonly TeacherUnit[]): TeacherReport {
  const asked = units.map(({ questions, hiddenDiversity }) => ({
    questions,
    hidden: hiddenDiversity?.asked,
  }));
  const promoted = units.map(({ promotions, hiddenDiversity }) => ({
    questions: promotions.flatMap(({ questions }) => questions),
    hidden: hiddenDiversity?.promoted,
  }));
  const climbs = units.filter(({ steps }) => steps.length > 0).map(climbOf);
  return {
    teacher,
    title: TEACHERS[teacher],
    seeds: units.length,
    asked: questionsReport(asked),
    ...(promoted.every(({ questions }) => questions.length === 0)
      ? {}
      : { promoted: questionsReport(promoted) }),
    wellFormed: mean(units.map(({ wellFormed }) => wellFormed)),
    promotions: mean(units.map(({ promotions }) => promotions.length)),
    stages: stagesOf(climbs),
    climbs,
    cost: meanCost(units),
  };
}

/** Questions of one teacher. */
interface Asked {
  readonly questions: readonly AskedQuestion[];
  /** Their Vendi score on hidden states, if measured. */
  readonly hidden: number | undefined;
}

/** Some teachers may have no questions. */
function questionsReport(byTeacher: readonly Asked[]): QuestionsReport {
  const all = byTeacher.flatMap(({ questions }) => questions);
  const share = (is: (question: AskedQuestion) => boolean): number => all.filter(is).length / all.length;
  const kinds = [...new Set(all.map(({ kind }) => kind))].sort();
  const hidden = spreadMean(
    byTeacher.flatMap(({ hidden: score }) => (score === undefined ? [] : [score])),
    [1, Infinity],
  );
  const isJudged = all.some(({ wellPosed }) => wellPosed !== undefined);
  return {
    questions: all.length,
    kinds: Object.fromEntries(kinds.map((kind) => [kind, share((q) => q.kind === kind)])),
    ...(isJudged
      ? { wellPosed: share((q) => q.wellPosed === true), correct: share((q) => q.correct === true) }
      : {}),
    ...(hidden === undefined ? {} : { hiddenDiversity: hidden }),
  };
}

function meanCost(units: readonly { readonly cost: Cost }[]): Cost {
  // A cost that only some units recorded is left out: its mean would describe those units alone.
  const ofAll = (field: 'tokens' | 'workerSeconds'): Partial<Cost> => {
    const values = units.map(({ cost }) => cost[field]).filter((value) => value !== undefined);
    return values.length === units.length ? { [field]: mean(values) } : {};
  };
  return {
    ...ofAll('tokens'),
    steps: mean(units.map(({ cost }) => cost.steps)),
    seconds: mean(units.map(({ cost }) => cost.seconds)),
    ...ofAll('workerSeconds'),
  };
}
