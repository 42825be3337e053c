/**
 * Every span, attribute and metric of this software, declared before use: nothing else is recorded. Attribute names
 * follow OpenTelemetry's semantic conventions for generative AI where one exists; the others start with `soar.`.
 * Spans of the calls themselves (`grpc.soar.teacher.v1.TeacherService/Propose`) come from the gRPC instrumentation.
 */

/** Span names and what each covers. Names are few and fixed; attributes carry what varies. */
export const spans = {
  run: 'soar.run', // a whole run, in the coordinator; outer steps link to it
  outerStep: 'soar.outer_step', // one trace each, from propose to teacher update
  arm: 'soar.arm', // one arm of the comparison
  propose: 'soar.propose', // the teacher makes the datasets of a step
  teacherUpdate: 'soar.teacher_update', // the teacher turns scores into a policy update
  score: 'soar.score_step', // rewards, advantages and promotion
  trainingRun: 'soar.training_run', // one student, in the trainer
  evaluate: 'soar.evaluate', // answers sampled and graded
  generate: 'soar.generate', // completions sampled
  scoreTexts: 'soar.score_texts', // log-probabilities of given texts
  embed: 'soar.embed', // mean hidden states of texts
  policyUpdate: 'soar.policy_update', // one optimizer step on given rollouts
  workerLoad: 'soar.worker.load', // a worker thread loads a checkpoint
  workerRollout: 'soar.worker.rollout', // a worker thread samples
  workerStep: 'soar.worker.step', // a worker thread takes an optimizer step
  workerScore: 'soar.worker.score', // a worker thread computes log-probabilities
  verifyBatch: 'soar.verify_batch', // the verifier grades
} as const;

/** A declared span name. */
export type SpanName = (typeof spans)[keyof typeof spans];

/** Attribute names. */
export const attributes = {
  runId: 'soar.run.id',
  outerStep: 'soar.outer_step',
  arm: 'soar.arm', // base, hard-only, ps or pq
  trainingRunId: 'soar.training_run.id',
  worker: 'soar.worker.index',
  checkpoint: 'gen_ai.request.model', // CheckpointRef.key
  temperature: 'gen_ai.request.temperature',
  tokensMax: 'gen_ai.request.max_tokens',
  tokensOut: 'gen_ai.usage.output_tokens',
  domain: 'soar.domain',
  problems: 'soar.problems', // count
  samples: 'soar.samples', // total count
  rewardMean: 'soar.reward.mean',
  promoted: 'soar.promoted',
  cached: 'soar.cached', // an earlier result was returned, nothing was computed
  verdict: 'soar.verdict',
  k: 'soar.k', // of pass@k
} as const;

/** A declared attribute name. */
export type AttributeName = (typeof attributes)[keyof typeof attributes];
/** Attributes of a span or a measurement. Undefined values are left out. */
export type Attributes = Partial<Record<AttributeName, string | number | boolean | undefined>>;

/** Metrics: kind, unit (UCUM) and description. */
export const metricNames = {
  datasetReward: {
    name: 'soar.dataset.reward',
    kind: 'histogram',
    unit: '1',
    about: 'Reward of a dataset, R_k.',
  },
  rolloutReward: {
    name: 'soar.rollout.reward',
    kind: 'histogram',
    unit: '1',
    about: 'Mean reward of a training step.',
  },
  passAtK: {
    name: 'soar.pass_at_k',
    kind: 'gauge',
    unit: '1',
    about: 'pass@k of an arm on the held-out split.',
  },
  promotions: { name: 'soar.promotions', kind: 'counter', unit: '{promotion}', about: 'Students promoted.' },
  tokens: { name: 'soar.tokens', kind: 'counter', unit: '{token}', about: 'Tokens sampled.' },
  queueDepth: {
    name: 'soar.queue.depth',
    kind: 'updown',
    unit: '{task}',
    about: 'Work that waits for a worker.',
  },
  stepSeconds: {
    name: 'soar.training_step.duration',
    kind: 'histogram',
    unit: 's',
    about: 'One training step.',
  },
  verdicts: {
    name: 'soar.verdicts',
    kind: 'counter',
    unit: '{verdict}',
    about: 'Answers judged, by verdict.',
  },
} as const satisfies Record<string, { name: string; kind: MetricKind; unit: string; about: string }>;

/** How a metric is recorded: counters add, histograms and gauges record, up-down counters add and subtract. */
export type MetricKind = 'counter' | 'updown' | 'histogram' | 'gauge';
/** A declared metric. */
export type MetricName = keyof typeof metricNames;
