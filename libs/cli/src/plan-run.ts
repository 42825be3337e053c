/**
 * The settings of a run that follow from the model and this machine (`compute`), decided before anything starts. They go
 * into the run's configuration, so that it resumes with the same on any machine.
 */
import {
  create,
  type ComputeConfig,
  ComputeConfigSchema,
  type AdapterConfig,
  type RunConfig,
} from '@soar/contracts';
import type { Problem } from '@soar/datasets';
import {
  adapterFor,
  planCompute,
  readAdapterConfig,
  readBaseConfig,
  runtimeSettings,
  type PlannedWork,
} from '@soar/runtime';
import { requireModelFolder } from './import-model.js';
import { shareOf, type SupervisorOptions } from './supervisor.js';

/** Characters of a token, at least: ids of long prompts are counted before a tokenizer is at hand. */
const TOKEN_CHARACTERS = 2;

/** The configuration with `compute` filled in. Throws UserError where the run cannot fit into the memory. */
export function planRun(
  config: RunConfig,
  modelFolder: string,
  problems: readonly Problem[],
  options: Pick<SupervisorOptions, 'workers' | 'threads' | 'memory' | 'trainers'>,
): ComputeConfig {
  const { folder, base } = requireModelFolder(modelFolder);
  const whole = readBaseConfig(base ?? folder);
  const model = base === undefined ? whole : readAdapterConfig(folder, whole);
  const longest = problems.reduce((max, { question }) => Math.max(max, question.length), 0);
  const teacher = config.teacher!;
  const { rl } = config.student!;
  const work = (adapter: AdapterConfig | undefined, maxNewTokens: number): PlannedWork => {
    const promptTokens = Math.ceil(longest / TOKEN_CHARACTERS) + maxNewTokens / 8;
    const room = Math.max(1, Math.min(Math.ceil(promptTokens), model.maxPositionEmbeddings - maxNewTokens));
    const trained = model.adapter ?? adapterFor(model, adapter, 'adapter');
    const trains = { ...model, ...(trained && { adapter: trained }) };
    return { config: trains, trains: true, promptTokens: room, maxNewTokens };
  };
  const works = [
    work(teacher.adapter, teacher.sampling!.maxNewTokens),
    work(rl!.adapter, rl!.sampling!.maxNewTokens),
  ];
  const { cores, memory } = shareOf(options);
  const settings = runtimeSettings({ workers: cores, memoryBytes: memory });
  return create(ComputeConfigSchema, planCompute(works, settings, config.compute));
}
