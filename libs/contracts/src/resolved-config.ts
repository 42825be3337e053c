/**
 * A run's configuration with every default written out, as it is used: what a plan prints and what a report keeps. A
 * run of the resolved configuration has the results of the one that was resolved.
 *
 * Left alone is what is no fixed value: prompts (the domain's, in the form that the model asks for), a student's
 * `horizonSteps` of 0 (the steps of each training), and what follows from model and machine where they are not given
 * (`adapters`, `compute`).
 */
import { clone, create } from '@bufbuild/protobuf';
import { ADAMW_DEFAULTS } from '@soar/optim';
import {
  type AdapterConfig,
  KlConfigSchema,
  type KlConfig,
  KlPlacement,
  type OptimizerConfig,
  OptimizerConfigSchema,
  type SamplingConfig,
  Schedule,
} from './gen/soar/common/v1/common_pb.js';
import {
  Arm,
  CurriculumMode,
  Retention,
  type RunConfig,
  RunConfigSchema,
} from './gen/soar/coordinator/v1/run_config_pb.js';
import { NormaliseOver, StoppingRuleSchema } from './gen/soar/trainer/v1/training_run_pb.js';
import { klEstimator } from './kl-penalty.js';
import { RewardKind } from './gen/soar/metareward/v1/score_pb.js';

/** What teacher and students train of the model. */
export interface Adapters {
  readonly teacher?: AdapterConfig | undefined;
  readonly student?: AdapterConfig | undefined;
}

/** A copy of `config` with every default written out. Parts that are missing altogether stay so. */
export function resolvedConfig(config: RunConfig, adapters: Adapters = {}): RunConfig {
  const own = clone(RunConfigSchema, config);
  own.retention ||= Retention.FORKABLE;
  own.reward ||= RewardKind.STUDENT_GAIN;
  const { teacher, student, promotion, comparison } = own;
  // Whoever creates a run sets it: absent is what runs of earlier versions did.
  if (promotion !== undefined) promotion.requireFullWindow ??= false;
  if (teacher !== undefined) {
    resolveSampling(teacher.sampling);
    resolveOptimizer(teacher.optimizer);
    if (teacher.optimizer !== undefined) teacher.optimizer.horizonSteps ||= own.outerSteps;
    teacher.kl = resolvedKl(teacher.kl);
    if (adapters.teacher !== undefined) teacher.adapter = adapters.teacher;
  }
  if (student?.rl !== undefined) {
    resolveSampling(student.rl.sampling);
    resolveOptimizer(student.rl.optimizer);
    student.rl.kl = resolvedKl(student.rl.kl);
    student.rl.normaliseOver ||= NormaliseOver.QUESTION;
    if (adapters.student !== undefined) student.rl.adapter = adapters.student;
  }
  if (comparison !== undefined) {
    if (comparison.arms.length === 0)
      comparison.arms = [Arm.BASE, Arm.HARD_ONLY, Arm.PROMOTED_STUDENT, Arm.PROMOTION_QUESTIONS];
    comparison.mode ||= CurriculumMode.CURRICULUM;
    resolveSampling(comparison.sampling);
    if (comparison.optimizer === undefined && student?.rl?.optimizer !== undefined)
      comparison.optimizer = clone(OptimizerConfigSchema, student.rl.optimizer);
    resolveOptimizer(comparison.optimizer);
    comparison.stopping ??= create(StoppingRuleSchema);
    comparison.warmupSteps ??= comparison.optimizer?.warmupSteps ?? 0;
    comparison.curriculumWarmupSteps ??= comparison.warmupSteps;
  }
  return own;
}

function resolveSampling(sampling: SamplingConfig | undefined): void {
  if (sampling !== undefined) sampling.topP ||= 1;
}

function resolveOptimizer(optimizer: OptimizerConfig | undefined): void {
  if (optimizer === undefined) return;
  optimizer.schedule ||= Schedule.COSINE;
  optimizer.beta1 ??= ADAMW_DEFAULTS.beta1;
  optimizer.beta2 ??= ADAMW_DEFAULTS.beta2;
  optimizer.epsilon ??= ADAMW_DEFAULTS.epsilon;
  optimizer.gradientClipNorm ??= ADAMW_DEFAULTS.clipNorm;
}

function resolvedKl(kl: KlConfig | undefined): KlConfig {
  const own = kl ?? create(KlConfigSchema);
  own.estimator = klEstimator(own);
  own.placement ||= KlPlacement.LOSS;
  return own;
}
