/**
 * The outer loop's services over gRPC: clients, deadlines, and retries while a service is unavailable.
 *
 * A compute call may take long, so its deadline only bounds a hang that keep-alive does not detect. A training is a
 * resource: it is created under its id (or found), watched, and found again after a broken connection.
 */
import {
  type CheckpointRef,
  type ComputeConfig,
  type DomainDefinition,
  type CreateTrainingRunRequestSchema,
  durationMs,
  type MessageInitShape,
  type PlanComputeRequestSchema,
  type PlanComputeResponse,
  TrainerService,
  type TrainingResult,
  type TrainingRun,
  TrainingState,
} from '@soar/contracts';
import { InvariantError, type Reason, Retries, retry, type RetryPolicy, UserError } from '@soar/core';
import type { Assignment, Client } from '@soar/grpc-kit';
import type { Connections } from './connections.js';
import { Losses } from './losses.js';
import { RETRYABLE_QUICK, retryPolicy } from './retry-policy.js';
import type { Services, TrainingWatcher } from '../loop/run-context.js';

/** Bounds of calls, in ms. */
export interface CallBounds {
  /** How long a service may be unavailable before a run fails. */
  readonly unavailableMs: number;
  /** Deadline of calls that sample, grade or update: a day bounds a hang, not the work. */
  readonly computeMs: number;
  /** Longest silence of a stream whose heartbeats come every 5 s. */
  readonly heartbeatMs: number;
}

export const CALL_BOUNDS: CallBounds = {
  unavailableMs: 60_000,
  computeMs: 24 * 3_600_000,
  heartbeatMs: 20_000,
};

/** Deadline of calls that only read or write a record. */
const CONTROL_MS = 20_000;

export interface CallContext {
  /** Cancels calls in flight. */
  readonly signal: AbortSignal;
  /** Fencing token of the lease under which artifacts are made. */
  readonly fencingToken: number;
  /** How the trainers cut the arithmetic of what the run asks for. */
  readonly compute: ComputeConfig | undefined;
  /** The run's domain, where it is not one of this project's own. */
  readonly domainDefinition: DomainDefinition | undefined;
  readonly bounds: CallBounds;
}

/** The services as one run calls them. */
export function grpcServices(
  connections: Connections,
  { signal, fencingToken, compute, domainDefinition, bounds }: CallContext,
): Services {
  const { teacher, trainers, metareward } = connections;
  const long = { signal, deadlineMs: bounds.computeMs };
  const quick = { signal, deadlineMs: CONTROL_MS };
  const asConfigured = <R extends object>(request: R) => (compute ? { ...request, compute } : request);
  const inDomain = <R extends object>(request: R) =>
    domainDefinition ? { ...asConfigured(request), domainDefinition } : asConfigured(request);
  const policy = (
    service: string,
    { address }: { readonly address: string },
    retryable?: readonly Reason[],
  ): RetryPolicy => {
    const calling = { service: `${service} at ${address}`, unavailableMs: bounds.unavailableMs, signal };
    return retryPolicy(retryable === undefined ? calling : { ...calling, retryable });
  };

  const computed: Computed = (what, request, call) =>
    onTrainer(trainers, policy('trainer', trainers), what, request, call);

  return {
    resolve: (checkpoint) =>
      retry(policy('trainer', trainers, RETRYABLE_QUICK), () =>
        resolveCheckpoint(connections, checkpoint, signal),
      ),
    plan: (request) =>
      retry(policy('trainer', trainers, RETRYABLE_QUICK), () => planOf(connections, request, signal)),
    propose: (request) => retry(policy('teacher', teacher), () => teacher.propose(inDomain(request), long)),
    updateTeacher: (request) =>
      retry(policy('teacher', teacher), () =>
        teacher.update({ ...asConfigured(request), fencingToken }, long),
      ),
    evaluate: async (request) => {
      const answer = await computed('evaluation', request, (trainer, lost) =>
        trainer.evaluate(inDomain(request), until(long, lost)),
      );
      return required(answer.evaluation, 'trainer.Evaluate returned no evaluation');
    },
    vote: (request) =>
      computed('vote', request, (trainer, lost) =>
        trainer.evaluate(inDomain({ ...request, votes: true }), until(long, lost)),
      ),
    embed: (request) =>
      computed('embedding', request, (trainer, lost) =>
        trainer.embed(asConfigured(request), until(long, lost)),
      ),
    scoreStep: async (request) => {
      const quickly = policy('metareward', metareward, RETRYABLE_QUICK);
      const answer = await retry(quickly, () => metareward.scoreStep(request, quick));
      return required(answer.score, 'metareward.ScoreStep returned no score');
    },
    scoredFrom: async (runId, t) => {
      const quickly = policy('metareward', metareward, RETRYABLE_QUICK);
      const page = await retry(quickly, () =>
        metareward.listLedger({ runId, firstStep: t, pageSize: 1 }, quick),
      );
      return page.entries[0]?.request;
    },
    train: (id, spec, watcher) => {
      const retries = new Retries(policy('trainer', trainers, RETRYABLE_QUICK));
      return train(trainers, { id, spec: inDomain(spec), fencingToken }, retries, {
        signal,
        bounds,
        watcher,
      });
    },
  };
}

/** A call that a trainer computes for long, of a checkpoint. */
type Computed = <T>(
  what: string,
  request: { readonly checkpoint?: { readonly key?: string | undefined } | undefined },
  call: (trainer: Client<typeof TrainerService>, lost: AbortSignal) => Promise<T>,
) => Promise<T>;

/** Calls a replica, and another when that one is lost, with a bound on how often the work may take it along. */
function onTrainer<T>(
  trainers: Connections['trainers'],
  policy: RetryPolicy,
  what: string,
  request: Parameters<Computed>[1],
  call: (trainer: Client<typeof TrainerService>, lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const losses = new Losses(`${what} by ${request.checkpoint?.key}`);
  return retry(policy, async () => {
    try {
      return await trainers.use(keyOf(request), call);
    } catch (error) {
      throw losses.after(error);
    }
  });
}

/** Trains on one replica, and on another when that one is lost, until the training has ended. */
async function train(
  trainers: Connections['trainers'],
  request: MessageInitShape<typeof CreateTrainingRunRequestSchema> & { readonly id: string },
  retries: Retries,
  watching: WatchContext,
): Promise<TrainingResult> {
  const { signal, watcher } = watching;
  const losses = new Losses(`training ${request.id}`);
  for (let hadBegun = false, begun = false; ; hadBegun = begun, begun = false) {
    let assignment: Assignment<typeof TrainerService> | undefined;
    try {
      assignment = await trainers.assign(request.id);
      // Idempotent: it also recreates a training that a restarted trainer has forgotten, and finds one that another
      // replica has finished.
      const options = until({ signal, deadlineMs: CONTROL_MS }, assignment.lost);
      const created = await assignment.client.createTrainingRun(request, options);
      retries.answered();
      const found = required(created.run, 'trainer.CreateTrainingRun returned no run');
      if (ended(found)) return resultOf(found);
      if (hadBegun && found.state === TrainingState.RUNNING) losses.onlyConnection();
      const onStarted = (): void => {
        begun = true;
        watcher.onStarted?.();
      };
      const watched = { ...watching, watcher: { ...watcher, onStarted } };
      const done = await watchToEnd(assignment, found, retries, watched);
      if (done.workerTime !== undefined) watcher.onWorked?.(durationMs(done.workerTime) / 1000);
      return resultOf(done);
    } catch (error) {
      const known = assignment === undefined ? error : assignment.failed(error);
      const failure = begun ? losses.after(known) : known;
      if (signal.aborted || !trainers.canFailOver(failure)) await retries.wait(failure);
    } finally {
      assignment?.release();
    }
  }
}

/** A call's options, cancelled by `lost` too. */
function until<O extends { readonly signal: AbortSignal }>({ signal, ...options }: O, lost: AbortSignal) {
  return { ...options, signal: [signal, lost] };
}

/** Evaluations of one checkpoint go to one replica while it has capacity, since it has the model open. */
function keyOf({
  checkpoint,
}: {
  readonly checkpoint?: { readonly key?: string | undefined } | undefined;
}): string {
  return `evaluate ${checkpoint?.key ?? ''}`;
}

interface WatchContext {
  readonly signal: AbortSignal;
  readonly bounds: CallBounds;
  readonly watcher: TrainingWatcher;
}

/** Watches a training to its end. Throws UNAVAILABLE when the stream breaks or sends no heartbeat. */
async function watchToEnd(
  { client: trainer, lost }: Assignment<typeof TrainerService>,
  run: TrainingRun,
  retries: Retries,
  { signal, bounds, watcher }: WatchContext,
): Promise<TrainingRun> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), bounds.heartbeatMs);
  let over: TrainingRun | undefined;
  const options = { signal: [signal, silence.signal, lost], deadlineMs: bounds.computeMs };
  try {
    for await (const event of trainer.watchTrainingRun({ id: run.id }, options)) {
      timer.refresh();
      retries.answered();
      if (event.metrics !== undefined || event.run?.state === TrainingState.RUNNING) watcher.onStarted?.();
      if (event.run !== undefined) watcher.onStepsDone(event.run.stepsDone);
      if (event.metrics !== undefined) watcher.onStepsDone(event.metrics.step + 1);
      // Read to its end: a server counts many cancelled streams as an attack.
      if (event.run !== undefined && ended(event.run)) over = event.run;
    }
    if (over !== undefined) return over;
    throw new UserError(`the trainer's stream of ${run.id} ended before the training did`, 'UNAVAILABLE');
  } catch (error) {
    if (over !== undefined) return over;
    if (error instanceof UserError && error.reason === 'NOT_FOUND') {
      // It was just created: the trainer was restarted in between.
      throw new UserError(`the trainer was restarted and lost ${run.id}`, 'UNAVAILABLE', undefined, {
        cause: error,
      });
    }
    if (signal.aborted || !silence.signal.aborted) throw error;
    throw new UserError(`no heartbeat of ${run.id} for ${bounds.heartbeatMs} ms`, 'UNAVAILABLE');
  } finally {
    clearTimeout(timer);
  }
}

function ended({ state }: TrainingRun): boolean {
  return (
    state === TrainingState.SUCCEEDED || state === TrainingState.FAILED || state === TrainingState.CANCELLED
  );
}

function resultOf(run: TrainingRun): TrainingResult {
  if (run.state === TrainingState.SUCCEEDED) {
    const result = required(run.result, `the trainer returned no result of ${run.id}`);
    required(result.checkpoint, `the trainer returned no checkpoint of ${run.id}`);
    return result;
  }
  if (run.state === TrainingState.CANCELLED) {
    throw new UserError(
      `training ${run.id} was cancelled at the trainer; start a run with another id`,
      'FAILED_PRECONDITION',
    );
  }
  const { message, reason } = run.failure ?? { message: 'no reason given', reason: 'INTERNAL' };
  throw new UserError(`training ${run.id} failed: ${message}`, knownReason(reason));
}

const REASONS: readonly Reason[] = [
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'RESOURCE_EXHAUSTED',
  'DATA_LOSS',
  'NOT_FINITE',
  'BUILD_CHANGED',
  'INTERNAL',
];

/** The reason of a failed training. Never UNAVAILABLE: a retry would not help. */
function knownReason(reason: string): Reason {
  return REASONS.find((known) => known === reason) ?? 'FAILED_PRECONDITION';
}

/** A checkpoint with its hash, after the trainer has checked that it exists and is intact. */
export async function resolveCheckpoint(
  { trainers }: Connections,
  checkpoint: CheckpointRef,
  signal: AbortSignal,
): Promise<CheckpointRef> {
  const options = { signal, deadlineMs: CONTROL_MS };
  const answer = await trainers.use(keyOf({ checkpoint }), (trainer, lost) =>
    trainer.getCheckpoint({ checkpoint }, until(options, lost)),
  );
  return required(answer.checkpoint, 'trainer.GetCheckpoint returned no checkpoint');
}

/**
 * How a trainer cuts the work of a run or comparison, and what is trained. Throws RESOURCE_EXHAUSTED if it cannot
 * fit.
 */
export async function planOf(
  { trainers }: Connections,
  request: MessageInitShape<typeof PlanComputeRequestSchema>,
  signal: AbortSignal,
): Promise<PlanComputeResponse> {
  const options = { signal, deadlineMs: CONTROL_MS };
  return trainers.use(keyOf(request), (trainer, lost) => trainer.planCompute(request, until(options, lost)));
}

const TRAINING_PAGES_MAX = 1000;
const CANCEL_POLICY = { attemptsMax: 4, firstWaitMs: 100, waitMsMax: 2_000 };

/** Cancels every unfinished training of a run. Throws the trainers' errors. */
export async function cancelTrainings({ trainers }: Connections, runId: string): Promise<void> {
  const all = await trainers.all();
  await Promise.all(all.map((trainer) => retry(CANCEL_POLICY, () => cancelTrainingsAt(trainer, runId))));
}

async function cancelTrainingsAt(trainer: Client<typeof TrainerService>, runId: string): Promise<void> {
  const options = { deadlineMs: CONTROL_MS };
  let pageToken = '';
  for (let read = 0; read < TRAINING_PAGES_MAX; read++) {
    const page = await trainer.listTrainingRuns(
      { idPrefix: `${runId}/`, pageSize: 1000, pageToken },
      options,
    );
    const open = page.runs.filter((run) => !ended(run));
    await Promise.all(open.map(({ id }) => trainer.cancelTrainingRun({ id }, options)));
    pageToken = page.nextPageToken;
    if (pageToken === '') return;
  }
}

function required<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new InvariantError(message);
  return value;
}
