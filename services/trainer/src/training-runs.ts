/**
 * Training runs by id. Creating one is idempotent: the same id and specification find what runs or has ended, here or
 * in the store; the same id with another specification is refused. A run that failed because something was away may be
 * created again. Lists show the runs of this process; ended ones of earlier processes are found by their ids.
 */
import { Overloaded, UserError } from '@soar/core';
import type { TrainingSpec } from '@soar/contracts';
import { attributes, carrier, spans, withSpan } from '@soar/telemetry';
import type { Checkpoints } from './checkpoints.js';
import { findMade, findWhole, type Found } from './records.js';
import { asTraining, runTraining, type TrainerContext } from './run-training.js';
import { TrainingRunRecord } from './training-run.js';
import { checkTrainingSpec, prepareTraining, specSha256 } from './training-spec.js';

/** When a refused caller may retry, in ms: a training takes seconds at least. */
const RETRY_AFTER_MS = 1_000;
/** Ended runs that stay in memory; the oldest go first and are found in the store. */
const ENDED_MAX = 4_096;

export class TrainingRuns {
  private readonly byId = new Map<string, TrainingRunRecord>();
  private readonly creating = new Map<string, Promise<TrainingRunRecord>>();
  private readonly working = new Set<Promise<void>>();

  constructor(
    private readonly trainer: TrainerContext,
    private readonly checkpoints: Checkpoints,
    private readonly now: () => number,
    /** Runs that have not ended, at a time. */
    private readonly openMax: number,
  ) {}

  async create(id: string, spec: TrainingSpec, fencingToken: number): Promise<TrainingRunRecord> {
    checkTrainingSpec(spec);
    const sha256 = specSha256(spec);
    // One creation of an id at a time; each sees what the previous one left.
    for (let pending = this.creating.get(id); pending; pending = this.creating.get(id)) {
      await pending.catch(() => undefined);
    }
    const creation = this.findOrStart(id, spec, sha256, fencingToken);
    this.creating.set(id, creation);
    try {
      return await creation;
    } finally {
      this.creating.delete(id);
    }
  }

  /** Throws UserError NOT_FOUND. */
  async get(id: string): Promise<TrainingRunRecord> {
    const known = this.byId.get(id);
    if (known) return known;
    const found = await findMade(this.trainer.store, id);
    if (found) return this.rememberFound(id, found);
    throw new UserError(`training ${id}: there is none of this id; create it first`, 'NOT_FOUND', 'id');
  }

  /** Runs of this process by id, after `after`, at most `limit`. */
  list(prefix: string, after: string, limit: number): TrainingRunRecord[] {
    return [...this.byId.values()]
      .filter(({ id }) => id.startsWith(prefix) && id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  /** How many runs have not ended. */
  get open(): { readonly running: number; readonly queued: number } {
    const open = [...this.byId.values()].filter(({ ended }) => !ended);
    const queued = open.filter((run) => run.queued).length;
    return { running: open.length - queued, queued };
  }

  /** Stops every run that has not ended, without writing to the store. */
  async close(): Promise<void> {
    for (const record of this.byId.values()) record.cancel();
    await Promise.all(this.working);
  }

  private async findOrStart(
    id: string,
    spec: TrainingSpec,
    sha256: string,
    fencingToken: number,
  ): Promise<TrainingRunRecord> {
    // Before work in progress takes it for that of a new coordinator, and fails with it.
    await this.trainer.store.requireIssued({ fencingToken });
    const here = this.byId.get(id);
    // A run that failed here may have been done elsewhere since; a result may have been damaged or swept.
    const fromStore = here === undefined || here.succeeded || here.mayBeRepeated(fencingToken);
    const found = fromStore
      ? await findWhole(this.trainer.store, id, { fencingToken }, this.trainer.log)
      : undefined;
    const known =
      found === undefined ? (here?.succeeded === true ? undefined : here) : this.rememberFound(id, found);
    if (known && known.specSha256 !== sha256) {
      throw new UserError(
        `training ${id}: it exists with another specification (SHA-256 ${known.specSha256}, this one ${sha256}); ` +
          'choose another id',
        'ALREADY_EXISTS',
        'id',
      );
    }
    if (known && !known.mayBeRepeated(fencingToken)) {
      known.raiseToken(fencingToken);
      return known;
    }
    const open = [...this.byId.values()].filter(({ ended }) => !ended).length;
    if (open >= this.openMax) {
      const message =
        `${open} trainings are queued or running, the most allowed (--queue-max); ` +
        'retry when some have ended';
      throw new Overloaded(message, RETRY_AFTER_MS);
    }
    const training = await prepareTraining(spec, this.checkpoints);
    const record = new TrainingRunRecord(id, sha256, training.stepsTotal, this.now());
    record.raiseToken(fencingToken);
    this.remember(record);
    const about = {
      [attributes.trainingRunId]: id,
      [attributes.checkpoint]: training.base.ref.key,
      [attributes.domain]: training.domain.name,
    };
    const parent = carrier();
    const work = withSpan(spans.trainingRun, about, () => runTraining(record, training, this.trainer), {
      parent,
    });
    this.working.add(work);
    void work.finally(() => this.working.delete(work));
    return record;
  }

  private rememberFound(id: string, found: Found): TrainingRunRecord {
    const { specSha256: sha256, result } = asTraining(found);
    const record = TrainingRunRecord.found(id, sha256, result, this.now());
    this.remember(record);
    return record;
  }

  private remember(record: TrainingRunRecord): void {
    this.byId.delete(record.id);
    this.byId.set(record.id, record);
    const ended = [...this.byId.values()].filter((it) => it.ended);
    for (const { id } of ended.slice(0, Math.max(0, ended.length - ENDED_MAX))) this.byId.delete(id);
  }
}
