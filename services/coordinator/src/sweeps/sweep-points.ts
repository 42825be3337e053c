/** The points of a sweep as comparisons, and the rules that they must satisfy, all checked before any work. Pure. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import {
  configViolations,
  create,
  type CreateComparisonRequest,
  CreateComparisonRequestSchema,
  type CreateSweepRequest,
  settingOf,
  settingViolations,
  type SweepPoint,
  withSettings,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { checkArmNames, checkComparison } from '../comparisons/comparison-rules.js';
import { wantedOf } from '../comparisons/comparison-records.js';
import { checkId } from '../runs/run-rules.js';

/** Most points whose problems one message names. */
const SHOWN_MAX = 20;

/** The comparison of a point, without units. Its settings have been checked. */
export function pointRequest(sweep: CreateSweepRequest, point: SweepPoint): CreateComparisonRequest {
  const { config, base, trainProblems, testProblems, curatedProblems, questions, arms, seeds } = sweep;
  return create(CreateComparisonRequestSchema, {
    id: point.comparisonId,
    config: withSettings(config!, point.settings.map(settingOf)),
    base: base!,
    trainProblems,
    testProblems,
    curatedProblems,
    questions,
    arms,
    seeds: seeds!,
  });
}

/** What is wrong with single points, by index. */
export class PointProblems {
  private readonly found: string[] = [];

  constructor(private readonly points: readonly SweepPoint[]) {}

  add(index: number, ...problems: readonly string[]): void {
    const settings = this.points[index]!.settings.map(settingOf);
    const named = settings.map(({ field, value }) => `${field} = ${JSON.stringify(value)}`).join(', ');
    const where = `points[${index}] (${named === '' ? 'base' : named})`;
    this.found.push(...problems.map((problem) => `${where}: ${problem}`));
  }

  get isEmpty(): boolean {
    return this.found.length === 0;
  }

  /** Throws one error with all of them, if there are any. */
  refuse(): void {
    if (this.isEmpty) return;
    const more = this.found.length - SHOWN_MAX;
    const shown = this.found.slice(0, SHOWN_MAX).join('; ') + (more > 0 ? `; and ${more} more` : '');
    throw new UserError(shown, 'INVALID_ARGUMENT', 'points');
  }
}

/** Refuses a sweep of which a point cannot be compared; one error says what is wrong with all of them. */
export async function checkPoints(sweep: CreateSweepRequest): Promise<void> {
  checkId(sweep.id);
  checkArmNames(sweep.arms);
  const problems = new PointProblems(sweep.points);
  const ids = new Map<string, number>();
  const contents = new Map<string, number>();
  for (const [i, point] of sweep.points.entries()) {
    problems.add(i, ...problemsOf(sweep, point));
    const content = JSON.stringify(point.settings.map(settingOf));
    for (const [seen, key, what] of [
      [ids, point.comparisonId, 'comparison id'],
      [contents, content, 'settings'],
    ] as const) {
      const first = seen.get(key);
      if (first !== undefined) problems.add(i, `has the ${what} of points[${first}]`);
      else seen.set(key, i);
    }
    await yieldToEventLoop(); // large splits are looked at once for every point
  }
  problems.refuse();
}

function problemsOf(sweep: CreateSweepRequest, point: SweepPoint): string[] {
  const described = (all: readonly { readonly field: string; readonly description: string }[]): string[] =>
    all.map(({ field, description }) => `${field}: ${description}`);
  const unreadable = settingViolations(point.settings.map(settingOf));
  if (unreadable.length > 0) return described(unreadable);
  const request = pointRequest(sweep, point);
  const broken = configViolations(request.config!);
  if (broken.length > 0) return described(broken);
  try {
    checkComparison(request, wantedOf([request]));
    return [];
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}
