/**
 * How a run's arithmetic is cut on this machine, what it trains, and the memory that it takes, by the runtime's rule.
 */
import {
  AdapterConfigSchema,
  type Adapters,
  type ComputeConfig,
  ComputeConfigSchema,
  create,
  plannedWorks,
  type PromptConfig,
  samplingWork,
  type RunConfig,
} from '@soar/contracts';
import {
  describeAdapter,
  planCompute,
  plannedMemory,
  runtimeSettings,
  workOn,
  type PlannedMemory,
  type PlannedWork,
  type RuntimeSettings,
} from '@soar/runtime';
import { computingOf, shareOf, type TrainerOptions } from '../trainer-share.js';

export type MachineFlags = Pick<
  TrainerOptions,
  'workers' | 'threads' | 'memory' | 'trainers' | 'provider' | 'precision' | 'deviceMemory'
>;

export interface MachinePlan {
  readonly compute: ComputeConfig;
  readonly adapters: Adapters;
  /** Of each trainer. */
  readonly memory: PlannedMemory;
  readonly trainers: number;
  /** Of all trainers, as if they were one. */
  readonly settings: RuntimeSettings;
  /** What teacher and students train, with their adapters. */
  readonly teacher: PlannedWork['config'];
  readonly student: PlannedWork['config'];
}

/** Threads of a worker that samples answers to `questions`. Throws UserError where it cannot fit into the memory. */
export function planSampling(
  model: PlannedWork['config'],
  questions: readonly { readonly question: string }[],
  { prompt, maxNewTokens }: { readonly prompt: PromptConfig | undefined; readonly maxNewTokens: number },
  flags: MachineFlags,
): number {
  const work = workOn(model, samplingWork(questions, prompt, maxNewTokens));
  const { cores, memory } = shareOf(flags);
  const { threads = 0 } = flags;
  const settings = runtimeSettings({ workers: cores, memoryBytes: memory, ...computingOf(flags) });
  return planCompute([work], settings, { threads }).threads;
}

/** Throws UserError where the run cannot fit into the memory. */
export function planMachine(
  config: RunConfig,
  model: PlannedWork['config'],
  questions: readonly { readonly question: string }[],
  flags: MachineFlags,
): MachinePlan {
  const works = plannedWorks(config, questions);
  const teacher = workOn(model, works.teacher, 'teacher.adapter');
  const student = workOn(model, works.student, 'student.rl.adapter');
  const { cores, memory } = shareOf(flags);
  const computing = computingOf(flags);
  const settings = runtimeSettings({ workers: cores, memoryBytes: memory, ...computing });
  const compute = planCompute([teacher, student], settings, config.compute);
  const { trainers = 1 } = flags;
  const adapterOf = ({ config: { adapter }, trains }: PlannedWork) =>
    create(AdapterConfigSchema, describeAdapter(trains ? adapter : undefined));
  return {
    compute: create(ComputeConfigSchema, compute),
    adapters: { teacher: adapterOf(teacher), student: adapterOf(student) },
    memory: plannedMemory([teacher, student], compute, settings),
    trainers,
    settings: runtimeSettings({ workers: cores * trainers, memoryBytes: memory * trainers, ...computing }),
    teacher: teacher.config,
    student: student.config,
  };
}
