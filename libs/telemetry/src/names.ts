/**
 * Every span and attribute of this software, declared before use: nothing else is recorded. Attribute names follow
 * OpenTelemetry's semantic conventions (1.45: generative AI, RPC, exceptions) where one exists; the others start with
 * `soar.`. Metrics are in metrics.ts.
 * Spans of the calls themselves (`soar.teacher.v1.TeacherService/Propose`) come from the gRPC instrumentation
 * (call-spans.ts).
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
  tokensIn: 'gen_ai.usage.input_tokens',
  tokensOut: 'gen_ai.usage.output_tokens',
  operation: 'gen_ai.operation.name', // `operations`
  provider: 'gen_ai.provider.name', // PROVIDER
  domain: 'soar.domain',
  problems: 'soar.problems', // count
  samples: 'soar.samples', // total count
  rewardMean: 'soar.reward.mean',
  rewardSign: 'soar.reward.sign', // above, zero or below
  promoted: 'soar.promoted',
  cached: 'soar.cached', // an earlier result was returned, nothing was computed
  verdict: 'soar.verdict',
  k: 'soar.k', // of pass@k
  memoryState: 'soar.memory.state', // held or free
  direction: 'soar.device.direction', // to or from the device
  rpcSystem: 'rpc.system.name', // grpc
  rpcMethod: 'rpc.method', // soar.trainer.v1.TrainerService/Generate
  rpcStatus: 'rpc.status_code', // OK, NOT_FOUND
  errorType: 'error.type', // the status, where it is a failure
  exceptionType: 'exception.type', // of a bug in the log
  exceptionMessage: 'exception.message',
  exceptionStack: 'exception.stacktrace',
} as const;

/** A declared attribute name. */
export type AttributeName = (typeof attributes)[keyof typeof attributes];
/** Attributes of a span or a measurement. Undefined values are left out. */
export type Attributes = Partial<Record<AttributeName, string | number | boolean | undefined>>;

/** Values of `gen_ai.operation.name`: well-known ones, and three of SOAR's own: `evaluate`, `score` and `train`. */
export const operations = {
  chat: 'chat',
  complete: 'text_completion',
  embed: 'embeddings',
  evaluate: 'evaluate',
  score: 'score',
  train: 'train',
} as const;

/** Value of `gen_ai.provider.name`: models are run here, by no provider of the conventions' list. */
export const PROVIDER = 'soar';

/** The statuses of a call that are an error of its server; others are an answer. */
export const SERVER_ERRORS: readonly string[] = [
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
];
