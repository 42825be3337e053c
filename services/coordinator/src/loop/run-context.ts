/**
 * What the outer loop depends on: the run's inputs, the services that it calls, and durable steps.
 *
 * The loop sees nothing but these three interfaces, so it can be read, tested and replayed without a network or a
 * database. `grpc-services.ts` implements `Services`, `journaled-steps.ts` implements `Durable`.
 */
import type {
  CheckpointRef,
  DescMessage,
  EmbedRequestSchema,
  EmbedResponse,
  EvaluateRequestSchema,
  EvaluateResponse,
  Evaluation,
  MessageInitShape,
  MessageShape,
  PlanComputeRequestSchema,
  PlanComputeResponse,
  Problem,
  ProposeRequestSchema,
  ProposeResponse,
  ScoreStepRequest,
  ScoreStepRequestSchema,
  StepScore,
  TrainingResult,
  TrainingSpecSchema,
  UpdateRequestSchema,
  UpdateResponse,
} from '@soar/contracts';
import type { AskedDomain } from '@soar/domains';
import type { CompleteConfig } from '../runs/run-rules.js';

/**
 * The calls of the outer loop. Each retries while its service is unavailable, for a bounded time, then throws
 * UserError.
 */
export interface Services {
  /** A checkpoint with its hash, after a check that it is intact. */
  resolve(checkpoint: CheckpointRef): Promise<CheckpointRef>;
  /** How the trainers cut work, and what is trained. */
  plan(request: MessageInitShape<typeof PlanComputeRequestSchema>): Promise<PlanComputeResponse>;
  propose(request: MessageInitShape<typeof ProposeRequestSchema>): Promise<ProposeResponse>;
  evaluate(request: MessageInitShape<typeof EvaluateRequestSchema>): Promise<Evaluation>;
  /** The answers that most samples of a checkpoint give to each problem. */
  vote(request: MessageInitShape<typeof EvaluateRequestSchema>): Promise<EvaluateResponse>;
  /** Creates the training or finds it, and watches it to its end. */
  train(
    id: string,
    spec: MessageInitShape<typeof TrainingSpecSchema>,
    watcher: TrainingWatcher,
  ): Promise<TrainingResult>;
  scoreStep(request: MessageInitShape<typeof ScoreStepRequestSchema>): Promise<StepScore>;
  /** The request in the ledger that step t of a run was scored from; undefined when it has no such step. */
  scoredFrom(runId: string, t: number): Promise<ScoreStepRequest | undefined>;
  updateTeacher(request: MessageInitShape<typeof UpdateRequestSchema>): Promise<UpdateResponse>;
  /** Mean hidden states of texts. */
  embed(request: MessageInitShape<typeof EmbedRequestSchema>): Promise<EmbedResponse>;
}

export interface TrainingWatcher {
  /** A worker has started. May be called more than once; not for a training that was found finished. */
  onStarted?(): void;
  /** Called after every step, first to last. */
  onStepsDone(stepsDone: number): void;
  /** Called once at the end with the worker's seconds; not for a training that was found finished. */
  onWorked?(seconds: number): void;
}

/** Named, memoised steps and bounded fan-out. Names are unique in a run; a finished step is never repeated. */
export interface Durable {
  step<S extends DescMessage>(
    name: string,
    schema: S,
    work: () => Promise<MessageShape<S>>,
  ): Promise<MessageShape<S>>;
  /** Works on all items, a bounded number at a time; results in the order of items. */
  fanOut<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]>;
}

/** Collects the progress of an activity with many parts. */
export interface Tracker {
  /** The part called `part` has `done` units done. Parts add up. */
  update(part: string, done: number): void;
}

export interface RunContext {
  readonly id: string;
  readonly config: CompleteConfig;
  readonly base: CheckpointRef;
  readonly train: readonly Problem[];
  readonly test: readonly Problem[];
  readonly domain: AskedDomain;
  readonly services: Services;
  readonly durable: Durable;
  /** Announces an activity with `total` units: "outer step 3: students", 160, "training steps". */
  track(activity: string, total: number, unit: string): Tracker;
  /** Runs `work` inside a telemetry span of its own trace, linked to the run's. */
  traced<T>(name: 'outer-step' | 'arm', label: string, work: () => Promise<T>): Promise<T>;
  /** Seconds on a clock that only goes forward; for reports' `timing` alone. */
  now(): number;
}
