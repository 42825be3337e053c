/**
 * How far a whole run is, and about how long it still takes: outer steps as they took before, then the arms and their
 * evaluations at the pace of the students. For people; nothing depends on it. The clock is that of this process, but
 * for what the report has measured.
 */
import { Arm, type ArmReport, type Progress, type Run, type RunConfig, RunState } from '@soar/contracts';
import { runWork } from '../plan/workload.js';
import { weightOf } from './weights.js';

/** What is shown of the whole. */
export interface Whole {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly secondsLeft?: number | undefined;
}

/** Steps that the pace is taken from: promotions change how much a step is. */
const RECENT = 5;
/** Less of a step or of the arms than this says nothing of the rest. */
const SHARE_MIN = 0.1;

const ARMS = [
  [Arm.BASE, 'base'],
  [Arm.HARD_ONLY, 'hard-only'],
  [Arm.PROMOTED_STUDENT, 'ps'],
  [Arm.PROMOTION_QUESTIONS, 'pq'],
] as const;

/** Weights of the parts of a run (weights.ts). */
interface Parts {
  readonly students: number;
  readonly armTraining: number;
  readonly armEvaluation: number;
}

export class RunCourse {
  private state = RunState.RUNNING;
  private outerSteps = 0;
  private stepsDone = 0;
  private promotions = 0;
  private wanted: readonly string[] = [];
  private parts: Parts | undefined;
  /** Seconds of the last steps. */
  private recent: number[] = [];
  /** As the report has them: of all steps, and of the workers on their students. */
  private outerSeconds = 0;
  private workers = 1;
  private stepBeganMs: number;
  /** When the students of the step were first told of. */
  private studentsBeganMs: number | undefined;
  private armsBegan: { readonly ms: number; readonly left: number } | undefined;
  private readonly armsDone = new Set<string>();
  /** Share done of each activity. */
  private readonly shares = new Map<string, number>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {
    this.stepBeganMs = nowMs();
  }

  /** The run with its report so far. Returns the seconds of the step that it has more than before, if it is one. */
  run({ state, config, report, outerStepsDone }: Run): number | undefined {
    this.state = state;
    if (config === undefined || report === undefined) return undefined;
    this.outerSteps = config.outerSteps;
    this.parts ??= partsOf(config, report.trainProblems, report.testProblems);
    const chosen = config.comparison?.arms ?? [];
    this.wanted = ARMS.flatMap(([arm, name]) => (chosen.length === 0 || chosen.includes(arm) ? [name] : []));
    this.promotions = report.promotions;
    for (const arm of report.arms) this.arm(arm);
    const { 'outer-steps': outer = 0, 'student-workers': worked = 0 } = report.timing?.seconds ?? {};
    const more = outerStepsDone - this.stepsDone;
    const seconds = outer - this.outerSeconds;
    if (more > 0) {
      if (outer > 0) this.workers = Math.max(1, worked / outer);
      if (seconds > 0) this.recent = [...this.recent, seconds / more].slice(-RECENT);
      this.stepBeganMs = this.nowMs();
      this.studentsBeganMs = undefined;
      this.shares.clear();
    }
    this.stepsDone = outerStepsDone;
    this.outerSeconds = outer;
    return more === 1 && seconds > 0 ? seconds : undefined;
  }

  progress({ activity, done, total }: Progress): void {
    if (total > 0) this.shares.set(activity, done / total);
    if (activity === this.students()) this.studentsBeganMs ??= this.nowMs();
    if (this.isInArms(activity)) this.armsBegan ??= { ms: this.nowMs(), left: this.armsLeft() };
  }

  arm({ name }: ArmReport): void {
    this.armsDone.add(name);
  }

  /** Undefined before the run is known. */
  whole(): Whole | undefined {
    if (this.outerSteps === 0) return undefined;
    const secondsLeft = this.state === RunState.RUNNING ? this.secondsLeft() : undefined;
    return { done: this.stepsDone, total: this.outerSteps, unit: 'outer steps', secondsLeft };
  }

  private secondsLeft(): number | undefined {
    const { parts, outerSteps, stepsDone, armsBegan } = this;
    const armsLeft = this.armsLeft();
    if (armsBegan !== undefined) {
      const done = armsBegan.left - armsLeft;
      if (done > SHARE_MIN * armsBegan.left)
        return ((this.nowMs() - armsBegan.ms) / 1000) * (armsLeft / done);
    }
    const elapsed = (this.nowMs() - this.stepBeganMs) / 1000;
    const measured = this.recent.reduce((sum, seconds) => sum + seconds, 0) / this.recent.length;
    const step = this.recent.length > 0 ? measured : this.firstStep();
    if (step === undefined || parts === undefined || step <= 0) return undefined;
    const isInLoop = armsBegan === undefined && stepsDone < outerSteps;
    const inStep = isInLoop ? Math.min(elapsed, 0.95 * step) : 0;
    const loopLeft = isInLoop ? (outerSteps - stepsDone) * step - inStep : 0;
    // An arm has one worker: fewer arms than workers are slower than the students of a step together.
    const pace = (parts.students / step) * Math.min(1, this.armsPending().length / this.workers);
    return loopLeft + (armsLeft === 0 || pace === 0 ? 0 : armsLeft / pace);
  }

  private students(): string {
    return `outer step ${this.stepsDone}: students`;
  }

  /** Seconds of a step of which nothing is known but what is done of it: its students are most of it. */
  private firstStep(): number | undefined {
    const share = this.shares.get(this.students()) ?? 0;
    const { stepBeganMs, studentsBeganMs: began } = this;
    if (share < SHARE_MIN || began === undefined) return undefined;
    return (began - stepBeganMs + (this.nowMs() - began) / share) / 1000;
  }

  /** Without a promotion PS is the base and PQ is Hard-Only: nothing is done twice. */
  private armsPending(): string[] {
    const shared = this.stepsDone >= this.outerSteps && this.promotions === 0;
    const twin: Readonly<Record<string, string>> = { ps: 'base', pq: 'hard-only' };
    return this.wanted.filter(
      (name) => !this.armsDone.has(name) && !(shared && this.wanted.includes(twin[name] ?? '')),
    );
  }

  private armsLeft(): number {
    const { armTraining = 0, armEvaluation = 0 } = this.parts ?? {};
    const rest = (activity: string): number => 1 - (this.shares.get(activity) ?? 0);
    return this.armsPending().reduce((sum, name) => {
      const trains = name === 'hard-only' || name === 'pq';
      return sum + (trains ? armTraining * rest(name) : 0) + armEvaluation * rest(`evaluate ${name}`);
    }, 0);
  }

  private isInArms(activity: string): boolean {
    return this.wanted.some((name) => activity === name || activity === `evaluate ${name}`);
  }
}

/** Undefined for a configuration that lacks what is counted: of an early version, say. */
function partsOf(config: RunConfig, train: number, test: number): Parts | undefined {
  if (config.student?.rl === undefined || config.comparison?.sampling === undefined) return undefined;
  if (config.teacher?.sampling === undefined || config.promotion === undefined) return undefined;
  const { outerSteps, student, comparison } = config;
  const works = runWork(config, { train, test });
  const of = (name: string): number => {
    const work = works.find((each) => each.name === name);
    return work === undefined ? 0 : weightOf(work, config);
  };
  const trained = works.find(({ name }) => name === 'arms');
  const count = trained?.kind === 'training' ? trained.count : 0;
  return {
    students: of('students') / Math.max(1, outerSteps),
    armTraining: count === 0 || student === undefined ? 0 : of('arms') / count,
    armEvaluation: test * comparison.samplesPerProblem,
  };
}
