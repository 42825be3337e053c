/**
 * The plan of a run or a comparison: its inputs checked, its configuration as it will be used, the memory, the disk
 * space and the time that it takes. Nothing is copied or started; the time is estimated from a few seconds of the
 * real work.
 */
import { availableParallelism } from 'node:os';
import { type ComputeConfig, type RunConfig, resolvedConfig } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import type { ArmName } from '@soar/experiments';
import { describeSet } from '../commands/problem-flags.js';
import { domainIn } from '../domains/chosen-domain.js';
import { readableIn } from '../readable-problems.js';
import { checkInputs, type CheckedInputs, type Inputs, type InputSources } from './checked-inputs.js';
import { planDisk, requireSpace, type DiskPlan } from './disk.js';
import { estimateWork, total, type Estimate, type WorkEstimate } from './estimate.js';
import type { InputProblem } from './input-problems.js';
import type { MachinePlan } from './machine.js';
import { measureRates, type Rates } from './measure.js';
import { comparisonWork, runWork, type SeedCounts, type Splits } from './workload.js';

/** How long measuring may take, with loading the model. */
const MEASURING_MS_MAX = 180_000;

export interface TimePlan {
  readonly rates: Rates;
  readonly parts: readonly WorkEstimate[];
  readonly seconds: Estimate;
  readonly sampledTokens: Estimate;
}

export interface Plan {
  readonly problems: readonly InputProblem[];
  readonly warnings: readonly string[];
  /** Every default written out; undefined where the configuration or the model could not be read. */
  readonly config: RunConfig | undefined;
  readonly inputs: Partial<Inputs>;
  /** Lines on the model and on what was read. */
  readonly recognised: readonly string[];
  readonly disk: DiskPlan | undefined;
  readonly time: TimePlan | undefined;
}

/** What is planned beside the inputs. */
export interface Planned {
  readonly sources: InputSources;
  readonly artifacts: string;
  /** Arms and seeds of a comparison; absent: a run. */
  readonly comparison?: PlannedComparison;
}

export interface PlannedComparison {
  readonly arms: readonly ArmName[];
  readonly seeds: SeedCounts;
  /** The comparisons of a sweep, by the configuration of its base; absent: one comparison. */
  readonly points?: (base: RunConfig) => readonly { readonly name: string; readonly config: RunConfig }[];
}

/** `onMeasure` is called before the machine works for a while. */
export async function makePlan(planned: Planned, onMeasure: () => void): Promise<Plan> {
  const { found, problems, disk } = await checkAll(planned);
  const { config, machine, model, train, test, curated = [], questions = [] } = found;
  const sets = [train, test, ...curated, ...questions].filter((set) => set !== undefined);
  const warnings = await warningsOf(found, disk);
  const recognised = sets.map(describeSet);
  const resolved = config && resolvedOf(config, machine);
  let time: TimePlan | undefined;
  const isGood = problems.all.length === 0;
  if (isGood && config && machine && model && train && test && found.asked) {
    onMeasure();
    try {
      const splits = { train: train.problems.length, test: test.problems.length };
      const { comparison } = planned;
      time = await estimated(found as Inputs, machine, (rates) => partsOf(config, splits, comparison, rates));
      warnings.push(...proposalWarnings(time.rates), ...sharingWarnings(planned));
    } catch (error) {
      if (!(error instanceof UserError) && !isTimeout(error)) throw error;
      const why = isTimeout(error)
        ? `measuring took more than ${MEASURING_MS_MAX / 1000} s`
        : messageOf(error);
      if (isTimeout(error)) warnings.push(`no time is estimated: ${why}`);
      else problems.add({ message: `the model cannot do this work: ${why}` });
    }
  }
  return { problems: problems.all, warnings, config: resolved, inputs: found, recognised, disk, time };
}

/** The inputs and the disk space, which `soar run` checks as well. */
export async function checkAll({
  sources,
  artifacts,
  comparison,
}: Planned): Promise<CheckedInputs & { readonly disk: DiskPlan | undefined }> {
  const checked = await checkInputs(sources);
  const { config, machine, model } = checked.found;
  if (!config || !machine || !model) return { ...checked, disk: undefined };
  const disk = await checked.problems.of(() => planDisk(config, model, machine, artifacts, comparison));
  if (disk !== undefined) await checked.problems.of(() => requireSpace(disk));
  return { ...checked, disk };
}

function resolvedOf(config: RunConfig, machine: MachinePlan | undefined): RunConfig {
  const own = resolvedConfig(config, machine?.adapters);
  const compute: ComputeConfig | undefined = machine?.compute ?? own.compute;
  if (compute !== undefined) own.compute = compute;
  return own;
}

async function estimated(
  { config, model, asked, train, test }: Inputs,
  { compute, settings, student }: MachinePlan,
  partsBy: (rates: Rates) => readonly WorkEstimate[],
): Promise<TimePlan> {
  const rates = await measureRates({
    model: {
      ...asked,
      handle: 'plan/model',
      folder: model.folder,
      ...(model.base && { base: { handle: 'plan/base', folder: model.base } }),
      config: model.config,
      adapter: student.adapter,
    },
    config,
    questions: [...train.problems, ...test.problems].map(({ question }) => question),
    compute,
    settings,
    signal: AbortSignal.timeout(MEASURING_MS_MAX),
  });
  const parts = partsBy(rates);
  return {
    rates,
    parts,
    seconds: total(parts.map(({ seconds }) => seconds)),
    sampledTokens: total(parts.map(({ sampledTokens }) => sampledTokens)),
  };
}

/** The kinds of work of a run or a comparison; of a sweep, its points, each as if nothing were shared. */
function partsOf(
  config: RunConfig,
  splits: Splits,
  comparison: PlannedComparison | undefined,
  rates: Rates,
): readonly WorkEstimate[] {
  if (comparison === undefined) return estimateWork(runWork(config, splits), rates, config);
  const { arms, seeds, points } = comparison;
  const of = (own: RunConfig): WorkEstimate[] =>
    estimateWork(comparisonWork(own, splits, arms, seeds), rates, own);
  if (points === undefined) return of(config);
  return points(config).map(({ name, config: own }) => {
    const works = of(own);
    return {
      name,
      seconds: total(works.map(({ seconds }) => seconds)),
      sampledTokens: total(works.map(({ sampledTokens }) => sampledTokens)),
    };
  });
}

/** What is no problem and yet not as a user may expect it. */
export async function warningsOf(found: Partial<Inputs>, disk: DiskPlan | undefined): Promise<string[]> {
  return [
    ...(await unreadableWarnings(found)),
    ...screeningWarnings(found),
    ...lengthWarnings(found),
    ...threadWarnings(found),
    ...diskWarnings(disk),
  ];
}

/** Gold answers that the domain cannot read: their problems are unsolvable. */
async function unreadableWarnings({
  config,
  train,
  test,
  questions = [],
}: Partial<Inputs>): Promise<string[]> {
  if (config === undefined) return [];
  const sets = [train, test, ...questions].filter((set) => set !== undefined);
  let domain;
  try {
    domain = domainIn(config);
  } catch {
    return []; // it is refused already
  }
  const read = await Promise.all(sets.map((set) => readableIn(domain, set)));
  const unreadable = read.flatMap((each) => each.unreadable);
  const [first] = unreadable;
  if (first === undefined) return [];
  const all = sets.reduce((sum, { problems }) => sum + problems.length, 0);
  return [
    `${unreadable.length} of ${all} gold answers cannot be read in the domain ${domain.name} and are never counted ` +
      `as correct; the first is problem ${first.problem.id}`,
  ];
}

/** Problems that were never solved when they were sampled otherwise may be solved now. */
function screeningWarnings({ config, screenings = [] }: Partial<Inputs>): string[] {
  const now = config?.student?.rl?.sampling;
  if (now === undefined) return [];
  return screenings.flatMap(({ sampling: then }) => {
    const isLike =
      then.temperature === now.temperature &&
      then.topP === (now.topP || 1) &&
      then.topK === now.topK &&
      then.maxNewTokens >= now.maxNewTokens;
    if (isLike) return [];
    const described = ({ temperature, topP, topK, maxNewTokens }: typeof then): string =>
      `temperature ${temperature}, top-p ${topP || 1}, top-k ${topK}, up to ${maxNewTokens} tokens`;
    return [
      `the problems were screened at ${described(then)}; the students sample at ${described(now)}, and may solve ` +
        'some of them; screen with --config',
    ];
  });
}

/** Answers that the model's context cuts before their configured length. */
function lengthWarnings({ config, model, promptTokens = {} }: Partial<Inputs>): string[] {
  if (config === undefined || model === undefined) return [];
  const context = model.config.maxPositionEmbeddings;
  const lengths = [
    ['student.rl.sampling', promptTokens.student, config.student?.rl?.sampling],
    ['comparison.sampling', promptTokens.student, config.comparison?.sampling],
    ['teacher.sampling', promptTokens.teacher, config.teacher?.sampling],
  ] as const;
  return lengths.flatMap(([field, prompt, sampling]) => {
    const { maxNewTokens } = sampling ?? {};
    if (prompt === undefined || maxNewTokens === undefined || prompt + maxNewTokens <= context) return [];
    return [
      `${field}.maxNewTokens: ${maxNewTokens} tokens do not fit behind the longest prompt (${prompt}) in the model's ` +
        `${context}; answers end there`,
    ];
  });
}

function threadWarnings({ machine }: Partial<Inputs>): string[] {
  const cores = availableParallelism();
  if (machine === undefined || machine.compute.threads <= cores) return [];
  return [`${machine.compute.threads} threads of a worker are more than the ${cores} cores of this machine`];
}

/** Below this share of well-formed proposals a teacher gives up: it draws 50 for each that is wanted. */
const WELL_FORMED_LEAST = 1 / 50;

function proposalWarnings({ wellFormed, teacher: { rows, tokens, length } }: Rates): string[] {
  // An answer that was cut short by measuring says nothing.
  if (length.ended < rows / 2 || wellFormed >= 2 * WELL_FORMED_LEAST) return [];
  return [
    `${Math.round(wellFormed * rows)} of ${rows} proposals of the untrained teacher (up to ${tokens} tokens) are ` +
      'well-formed problems; a run fails where less than 1 in 50 is',
  ];
}

function sharingWarnings({ comparison }: Planned): string[] {
  if (comparison?.points === undefined) return [];
  return [
    'a point takes over what its settings cannot change, so the sweep takes less than its points together',
  ];
}

function diskWarnings(disk: DiskPlan | undefined): string[] {
  const { freeBytes: free, leastBytes, mostBytes, where } = disk ?? {};
  if (free === undefined || leastBytes! > free || mostBytes! <= free) return [];
  return [`${where} has not enough space if every step promotes a student`];
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
