/** How work on a checkpoint is cut here: the runtime's rule, over this trainer's cores and memory. Computes nothing. */
import type { PlanComputeRequest } from '@soar/contracts';
import { describeAdapter, planCompute, workOn, type RuntimeSettings } from '@soar/runtime';
import type { Model } from './checkpoints.js';

export function planWork(
  { works, compute }: PlanComputeRequest,
  { config }: Model,
  settings: RuntimeSettings,
) {
  const planned = works.map((work) => workOn(config, work));
  return {
    compute: planCompute(planned, settings, compute),
    adapters: planned.map(({ config: { adapter }, trains }) => describeAdapter(trains ? adapter : undefined)),
  };
}
