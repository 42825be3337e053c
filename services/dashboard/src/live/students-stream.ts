/**
 * Students as they train, from the trainers that hold them: those of an outer step, or the one of an arm. Trainings are
 * found by their ids, and followed step by step; of one that is done the trainer knows all steps. There is no call that
 * watches the trainings of a trainer, so its list is read every second while a page shows them.
 */
import {
  type TrainerService,
  type TrainerStatusService,
  type TrainingRun,
  TrainingState,
} from '@soar/contracts';
import { messageOf } from '@soar/core';
import type { Client } from '@soar/grpc-kit';
import type { Students, TrainerRow, TrainerStatusRow, Training, TrainingStep } from '@soar/page';
import type { Log } from '@soar/telemetry';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from '../clients.js';
import type { EventStream } from '../http/event-stream.js';
import { trainingStep } from '../rows/run-rows.js';
import { statusRow } from '../rows/trainer-rows.js';

const EVERY_MS = 1_000;
/** Trainings that are shown: the students of a large step. */
const TRAININGS_MAX = 256;
/** Steps of one that are shown: the last ones. */
const STEPS_MAX = 2_000;
const RATE_MS = 10_000;

type Trainer = Client<typeof TrainerService>;

/** `id`: of the arm's training, or of the outer step that the students belong to. */
export async function streamStudents(
  events: EventStream,
  { trainers, trainerStatus }: Clients,
  id: string,
  log: Log,
): Promise<void> {
  const prefix = /\/step-\d+$/.test(id) ? `${id}/` : id;
  const followed = trainers.map(
    (trainer, i) => new FollowedTrainer(trainer, trainerStatus[i]!, prefix, events.signal, log),
  );
  let sent = '';
  while (!events.signal.aborted) {
    await Promise.all(followed.map((each) => each.look()));
    const students: Students = {
      trainings: followed.flatMap((each) => each.trainings()).slice(0, TRAININGS_MAX),
      trainers: followed.map((each) => each.row()),
    };
    const text = JSON.stringify(students);
    if (text !== sent) await events.send('students', students);
    sent = text;
    await sleep(EVERY_MS, undefined, { signal: events.signal });
  }
}

interface Known {
  run: TrainingRun;
  steps: TrainingStep[];
  /** Whether every step that was made is in `steps`. */
  isWhole: boolean;
  isFollowed: boolean;
}

/** The trainings under a prefix that one trainer holds. */
class FollowedTrainer {
  private readonly known = new Map<string, Known>();
  /** When tokens were sampled, and how many. */
  private sampled: (readonly [ms: number, tokens: number])[] = [];
  private failure = '';
  private status: TrainerStatusRow | undefined;

  constructor(
    private readonly trainer: Trainer,
    private readonly statusOf: Client<typeof TrainerStatusService>,
    private readonly prefix: string,
    private readonly signal: AbortSignal,
    private readonly log: Log,
  ) {}

  async look(): Promise<void> {
    const { trainer, prefix: idPrefix, signal } = this;
    try {
      const { runs } = await trainer.listTrainingRuns({ idPrefix, pageSize: TRAININGS_MAX }, { signal });
      for (const run of runs) await this.update(run);
      // An older trainer does not tell; its students are shown all the same.
      const { status } = await this.statusOf
        .getTrainerStatus({}, { signal })
        .catch(() => ({ status: undefined }));
      this.status = status && statusRow(status);
      this.failure = '';
    } catch (error) {
      if (!signal.aborted) this.failure = messageOf(error);
    }
  }

  trainings(): Training[] {
    return [...this.known.values()].map(({ run: { id, state, stepsDone, stepsTotal }, steps }) => ({
      id,
      state: TrainingState[state] ?? 'UNSPECIFIED',
      trainer: this.trainer.address,
      stepsDone: Math.max(stepsDone, (steps.at(-1)?.step ?? -1) + 1),
      stepsTotal,
      steps,
    }));
  }

  row(): TrainerRow {
    const now = Date.now();
    this.sampled = this.sampled.filter(([at]) => now - at < RATE_MS);
    const tokens = this.sampled.reduce((sum, [, n]) => sum + n, 0);
    const inState = (wanted: TrainingState): number =>
      [...this.known.values()].filter(({ run }) => run.state === wanted).length;
    return {
      address: this.trainer.address,
      running: inState(TrainingState.RUNNING),
      queued: inState(TrainingState.QUEUED),
      tokensPerSecond: Math.round(tokens / (RATE_MS / 1_000)),
      failure: this.failure,
      ...(this.status === undefined ? {} : { status: this.status }),
    };
  }

  private async update(run: TrainingRun): Promise<void> {
    const known = this.known.get(run.id) ?? { run, steps: [], isWhole: false, isFollowed: false };
    known.run = run;
    this.known.set(run.id, known);
    if (run.state === TrainingState.RUNNING && !known.isFollowed) void this.follow(known);
    // What was followed from its first step on is whole already.
    if (run.state === TrainingState.SUCCEEDED && !known.isWhole && !known.isFollowed) {
      const { run: whole } = await this.trainer.getTrainingRun({ id: run.id }, { signal: this.signal });
      this.complete(known, whole);
    }
  }

  private async follow(known: Known): Promise<void> {
    known.isFollowed = true;
    const { id } = known.run;
    try {
      for await (const { run, metrics } of this.trainer.watchTrainingRun({ id }, { signal: this.signal })) {
        if (metrics !== undefined) {
          known.steps = [...known.steps, trainingStep(metrics)].slice(-STEPS_MAX);
          this.sampled.push([Date.now(), metrics.tokens]);
        }
        if (run?.state === TrainingState.SUCCEEDED) this.complete(known, run);
      }
    } catch (error) {
      if (!this.signal.aborted) this.log(`training ${id}: cannot be followed: ${messageOf(error)}`, 'warn');
    } finally {
      known.isFollowed = false;
    }
  }

  private complete(known: Known, run: TrainingRun | undefined): void {
    if (run?.result !== undefined) known.steps = run.result.steps.map(trainingStep).slice(-STEPS_MAX);
    known.isWhole = true;
  }
}
