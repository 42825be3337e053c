/**
 * How the trainers cut the arithmetic of a run or comparison, decided once, when it is created: a trainer, which knows
 * the model and its machine, fills in what the configuration leaves open, and refuses what cannot fit. The answer is
 * part of the stored request, so that a resumed run keeps it, wherever it resumes.
 */
import {
  type AdapterConfig,
  type CheckpointRef,
  clone,
  type ComputeConfig,
  ComputeConfigSchema,
  create,
  plannedWorks,
  type Problem,
  type RunConfig,
  RunConfigSchema,
  type Adapters,
} from '@soar/contracts';
import { type Connections } from '../clients/connections.js';
import { planOf } from '../clients/grpc-services.js';
import type { Services } from '../loop/run-context.js';

/** Requests for runs and for comparisons. */
interface Request {
  readonly config?: RunConfig | undefined;
  readonly base?: CheckpointRef | undefined;
  readonly trainProblems: readonly Problem[];
  readonly testProblems: readonly Problem[];
  readonly curatedProblems?: readonly Problem[];
  readonly questions?: readonly Problem[];
}

/** `request` with every field of `compute` set. Throws RESOURCE_EXHAUSTED where its work cannot fit. */
export async function withPlannedCompute<R extends Request>(
  connections: Connections,
  request: R,
  signal: AbortSignal,
): Promise<R> {
  const { base, config, trainProblems, testProblems, curatedProblems = [], questions = [] } = request;
  const all = [...trainProblems, ...testProblems, ...curatedProblems, ...questions];
  const { teacher, student } = plannedWorks(config!, all);
  const plan = { checkpoint: base!, works: [teacher, student], compute: config!.compute };
  const { compute } = await planOf(connections, plan, signal);
  return { ...request, config: withCompute(config!, compute) };
}

/** `request` in which what `compute` leaves open is as in `other`. */
export function withComputeOf<R extends Request>(request: R, { config: other }: Request): R {
  const { config } = request;
  if (config === undefined || other?.compute === undefined) return request;
  return { ...request, config: withCompute(config, filledIn(config.compute, other.compute)) };
}

/** What teacher and students of a run train of its base. */
export async function trainedAdapters(
  services: Services,
  { config, base }: Pick<Request, 'config' | 'base'>,
): Promise<Adapters> {
  // Only what is trained is asked, so the size of the work does not matter.
  const least = { promptTokens: 1, maxNewTokens: 1 };
  const workOf = (adapter: AdapterConfig | undefined, trains = true) => ({
    ...least,
    trains,
    ...(trains && adapter && { adapter }),
  });
  const works = [
    workOf(config?.teacher?.adapter, config?.teacher?.frozen !== true),
    workOf(config?.student?.rl?.adapter),
  ];
  const { adapters } = await services.plan({ checkpoint: base!, works });
  return { teacher: adapters[0], student: adapters[1] };
}

function withCompute(config: RunConfig, compute: ComputeConfig | undefined): RunConfig {
  const own = clone(RunConfigSchema, config);
  if (compute !== undefined) own.compute = compute;
  return own;
}

function filledIn(asked: ComputeConfig | undefined, other: ComputeConfig): ComputeConfig {
  return create(ComputeConfigSchema, {
    threads: asked?.threads || other.threads,
    microBatchTokens: asked?.microBatchTokens || other.microBatchTokens,
    recompute: asked?.recompute || other.recompute,
    provider: asked?.provider || other.provider,
    precision: asked?.precision || other.precision,
  });
}
