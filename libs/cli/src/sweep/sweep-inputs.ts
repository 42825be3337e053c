/** The inputs of a sweep: those of a comparison, from its file and flags, and the points. All are checked first. */
import { createHash } from 'node:crypto';
import {
  configViolations,
  contextViolations,
  type FieldViolation,
  resolvedConfig,
  type RunConfig,
  runConfigToJson,
  withSettings,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { domainNames } from '@soar/domains';
import {
  type ArmName,
  type Comparison,
  settingText,
  type Sweep as DescribedSweep,
  type SweptField,
} from '@soar/experiments';
import { comparisonSources, type InputFlags, requireArms } from '../compare/compare-inputs.js';
import type { Inputs as Found, InputSources } from '../plan/checked-inputs.js';
import { InputErrors, type InputProblem } from '../plan/input-problems.js';
import { type Design, type PlannedPoint, plannedPoints, sweptFields } from './points.js';
import type { SweepFile } from './sweep-file.js';

export type { DescribedSweep };

/** Where the inputs are read from: flags before the file, the shipped ones where neither names any. */
export function sweepSources(
  flags: InputFlags & { readonly allowOtherPrompt?: boolean },
  sweep: SweepFile,
  arms: readonly ArmName[],
  machine: InputSources['machine'],
): InputSources {
  const given = <K extends 'model' | 'train' | 'test' | 'curated' | 'questions'>(key: K) =>
    flags[key] ?? sweep[key];
  const merged = {
    ...flags,
    model: given('model'),
    train: given('train'),
    test: given('test'),
    curated: given('curated'),
    questions: given('questions'),
  };
  const sources = comparisonSources(withoutUndefined(merged), arms, machine);
  return {
    ...sources,
    config: () => ({ ...sweep.read, problems: [...sweep.read.problems, ...sweep.problems] }),
    more: (found) => {
      try {
        sources.more?.(found);
      } catch (error) {
        if (!(error instanceof UserError) || error.where !== '--arms') throw error;
        throw new InputErrors([sweep.file.problem('arms', ofArms(error))]);
      }
      if (found.config !== undefined && sweep.read.problems.length === 0)
        requirePoints(sweep, found.config, arms, found);
    },
  };
}

/** What varies, and the points. `config`: the base. */
export function pointsOf(
  { vary, design }: SweepFile,
  config: RunConfig,
): { readonly fields: SweptField[]; readonly points: PlannedPoint[] } {
  const fields = sweptFields(vary, runConfigToJson(resolvedConfig(config)));
  return { fields, points: plannedPoints(vary, design, fields) };
}

/** Refuses points of which the coordinator would refuse the comparison: each problem once, with its place. */
function requirePoints(
  sweep: SweepFile,
  config: RunConfig,
  arms: readonly ArmName[],
  { train, curated = [], questions = [] }: Partial<Found>,
): void {
  const problems = new Map<string, InputProblem>();
  const trainProblems = train?.problems.length;
  const violationsOf = (own: RunConfig): FieldViolation[] => {
    const found = configViolations(own);
    const named = new Set(found.map(({ field }) => field));
    const others = contextViolations(own, { domains: domainNames(), trainProblems });
    return [...found, ...others.filter(({ field }) => !named.has(field))];
  };
  const before = new Set(violationsOf(config).map(({ field }) => field));
  for (const point of pointsOf(sweep, config).points) {
    if (point.settings.length === 0) continue;
    const own = withSettings(config, point.settings);
    const found = violationsOf(own).filter(({ field }) => !before.has(field));
    for (const violation of found) addProblem(problems, sweep, point, violation);
    if (found.length > 0) continue;
    try {
      requireArms(arms, own, { hasCurated: curated.length > 0, hasQuestions: questions.length > 0 });
    } catch (error) {
      const problem = sweep.file.problem('vary', `${point.name}: ${ofArms(error)}`);
      problems.set(problem.message, problem);
    }
  }
  if (problems.size > 0) throw new InputErrors([...problems.values()]);
}

/** What is wrong with the arms, which are a field here and no flag. */
function ofArms(error: unknown): string {
  if (error instanceof UserError) return error.message.replace(/^--arms: /, '');
  throw error;
}

/** A broken rule of a field that a point sets stands at its value; any other one names the point. */
function addProblem(
  problems: Map<string, InputProblem>,
  { file, vary }: SweepFile,
  point: PlannedPoint,
  { field, description }: FieldViolation,
): void {
  const setting = point.settings.find((one) => field === one.field || field.startsWith(`${one.field}.`));
  const named = setting && `${setting.field} = ${settingText(setting.value)}`;
  const what =
    setting === undefined
      ? `${point.name}: ${field}: ${description}`
      : `${named}: ${field === setting.field ? '' : `${field}: `}${description}`;
  const written = vary.find((one) => one.field === setting?.field);
  const at = written?.values.findIndex((value) => value === setting?.value) ?? -1;
  problems.set(
    what,
    written === undefined || at < 0
      ? file.problem('vary', what)
      : file.problemAt(['vary', written.field, String(at)], `vary: ${what}`),
  );
}

/** The sweep as its report describes it, from the description of its base. */
export function describeSweep(
  base: Comparison,
  design: Design,
  fields: readonly SweptField[],
  comparisons: readonly string[],
): DescribedSweep {
  const { version, command, domain, model, problems, arms, seeds, config, passAt } = base;
  return {
    id: sweepId(comparisons, arms, seeds),
    version,
    command,
    domain,
    model,
    problems,
    arms,
    seeds,
    config,
    passAt,
    design,
    fields,
  };
}

/** Depends on everything: another value, arm or seed makes another sweep, whose points are found as they are. */
function sweepId(
  comparisons: readonly string[],
  arms: readonly ArmName[],
  seeds: Comparison['seeds'],
): string {
  const inputs = JSON.stringify([comparisons, arms, seeds]);
  return `sweep-${createHash('sha256').update(inputs).digest('hex').slice(0, 8)}`;
}

function withoutUndefined<T extends object>(object: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
