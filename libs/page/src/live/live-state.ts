/**
 * What a view knows of its resource, as a function of the events so far. Pure: the same events give the same state.
 */
import type {
  ArmRow,
  Comparison,
  ProgressRow,
  PromotedQuestions,
  Run,
  RunBrief,
  StepRow,
  UnitRow,
} from '../index.js';

export type Link = 'connecting' | 'live' | 'coordinator-away' | 'server-away' | 'ended';

/** A resource and the state of the line to it. */
export interface Live<R> {
  readonly link: Link;
  /** Why the coordinator does not answer. */
  readonly why: string;
  /** Set where there is no such resource. */
  readonly gone?: string;
  readonly resource?: R;
  /** Current activities, the latest last. */
  readonly progress: readonly ProgressRow[];
}

export const CONNECTING: Live<never> = { link: 'connecting', why: '', progress: [] };

/** Activities that are shown. */
const ACTIVITIES_MAX = 6;

export const RUN_EVENTS = ['run', 'step', 'arm', 'brief', 'progress', 'connection', 'gone', 'end'] as const;
export const COMPARISON_EVENTS = ['comparison', 'unit', 'progress', 'connection', 'gone', 'end'] as const;

export function runAfter(live: Live<Run>, event: string, data: unknown): Live<Run> {
  const { resource } = live;
  switch (event) {
    case 'run':
      return { ...live, link: 'live', resource: data as Run, progress: progressOf(live, data as Run) };
    case 'step':
      return resource === undefined ? live : { ...live, ...withStep(live, resource, data as StepRow) };
    case 'arm':
      return resource === undefined ? live : { ...live, resource: withArm(resource, data as ArmRow) };
    case 'brief': {
      const brief = data as RunBrief & { readonly promotions: readonly PromotedQuestions[] };
      // The list of steps is that of the events; a late brief must not count them back.
      const { stepsDone: _, state: __, ...news } = brief;
      return resource === undefined ? live : { ...live, resource: { ...resource, ...news } };
    }
    default:
      return anyAfter(live, event, data);
  }
}

export function comparisonAfter(live: Live<Comparison>, event: string, data: unknown): Live<Comparison> {
  const { resource } = live;
  switch (event) {
    case 'comparison':
      return { ...live, link: 'live', resource: data as Comparison };
    case 'unit':
      return resource === undefined ? live : { ...live, resource: withUnit(resource, data as UnitRow) };
    default:
      return anyAfter(live, event, data);
  }
}

/** What every resource has. */
function anyAfter<R>(live: Live<R>, event: string, data: unknown): Live<R> {
  switch (event) {
    case 'progress':
      return { ...live, link: 'live', progress: withProgress(live.progress, data as ProgressRow) };
    case 'connection':
      return { ...live, link: 'coordinator-away', why: (data as { why?: string }).why ?? '' };
    case 'gone':
      return { ...live, link: 'ended', gone: (data as { why?: string }).why ?? '' };
    case 'end':
      return { ...live, link: 'ended', progress: [] };
    case 'lost':
      return { ...live, link: 'server-away', why: '' };
    default:
      return live;
  }
}

function progressOf(live: Live<Run>, { state }: Run): readonly ProgressRow[] {
  return state === 'RUNNING' ? live.progress : [];
}

function withStep(live: Live<Run>, run: Run, step: StepRow): Partial<Live<Run>> {
  const before = run.steps.filter((other) => other.step < step.step);
  const after = run.steps.filter((other) => other.step > step.step);
  const steps = [...before, step, ...after];
  const isOfStep = ({ activity }: ProgressRow): boolean => /^outer step \d+\b/.test(activity);
  return {
    link: 'live',
    resource: { ...run, steps, stepsDone: Math.max(run.stepsDone, steps.length) },
    progress: live.progress.filter((row) => !isOfStep(row)),
  };
}

function withArm(run: Run, arm: ArmRow): Run {
  return { ...run, arms: [...run.arms.filter(({ name }) => name !== arm.name), arm] };
}

function withUnit(comparison: Comparison, unit: UnitRow): Comparison {
  const units = [...comparison.units.filter(({ name }) => name !== unit.name), unit];
  return { ...comparison, units, unitsDone: Math.max(comparison.unitsDone, units.length) };
}

/** An activity that is done leaves the list. */
function withProgress(rows: readonly ProgressRow[], row: ProgressRow): readonly ProgressRow[] {
  const others = rows.filter(({ activity }) => activity !== row.activity);
  return row.total > 0 && row.done >= row.total ? others : [...others, row].slice(-ACTIVITIES_MAX);
}
