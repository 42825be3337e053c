/** Forks a run on a coordinator: the new run starts from the first steps of another one. */
import { create, RunConfigSchema, type Run } from '@soar/contracts';
import type { CoordinatorClient } from './watch-run.js';
import { loadRunConfig } from './run-config.js';

export interface ForkPlan {
  /** Outer steps to take over. */
  readonly fromStep: number;
  /** Id of the new run; default: `<source>-fork-<n>`. */
  readonly id?: string;
  /** Configuration file; default: the source's configuration. */
  readonly config?: string;
  /** Total number of outer steps; overrides the configuration. */
  readonly steps?: number;
  /** Whether another build may continue what the copied steps began. */
  readonly allowVersionChange?: boolean;
}

export async function forkRun(
  coordinator: CoordinatorClient,
  source: string,
  plan: ForkPlan,
): Promise<Run | undefined> {
  const {
    fromStep,
    id = `${source}-fork-${fromStep}`,
    config: file,
    steps,
    allowVersionChange = false,
  } = plan;
  const own = file === undefined ? undefined : await loadRunConfig(file, { outerSteps: steps });
  const kept =
    own === undefined && steps !== undefined
      ? (await coordinator.getRun({ id: source })).run?.config
      : undefined;
  const config = kept === undefined ? own : create(RunConfigSchema, { ...kept, outerSteps: steps! });
  const { run } = await coordinator.forkRun({
    id,
    fork: { runId: source, fromStep },
    allowVersionChange,
    ...(config && { config }),
  });
  return run;
}
