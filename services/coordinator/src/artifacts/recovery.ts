/**
 * Recovery of damaged or missing checkpoints during a run.
 *
 * A checkpoint is a pure function of values in the journal, and the id of its effect is its key. So when a service
 * reports that a checkpoint is damaged (by its hashes) or missing, its effect is requested once more, the trainer makes
 * the same bytes, and the failed call is repeated. The checkpoint that it was trained from is recovered first, in the
 * same way. Not here: checkpoints of other runs, and base models, which only the user has.
 */
import {
  type CheckpointRef,
  fromBinary,
  ProposeResponseSchema,
  type RunReport,
  RunReportSchema,
} from '@soar/contracts';
import { InvariantError, messageOf, UserError } from '@soar/core';
import type { ArtifactStore, RunJournal } from '@soar/store';
import { attributes, type Log } from '@soar/telemetry';
import { effects, parts, rewardQuestions } from '../journal/addresses.js';
import { armTraining } from '../arms/end-of-run.js';
import { advance, firstState, innerSteps, type LoopState } from '../loop/loop-state.js';
import type { RunContext, Services, TrainingWatcher } from '../loop/run-context.js';
import { problemsOf, proposalsEntry, studentTraining, teacherUpdate } from '../loop/run-steps.js';

/** A checkpoint as requests refer to it. */
type Named = { readonly key?: string | undefined; readonly sha256?: string | undefined } | undefined;

export interface RecoveryOptions {
  /** The run, whose services are those that `wrap` returned. */
  readonly run: () => RunContext;
  readonly journal: Pick<RunJournal, 'get'>;
  readonly store: Pick<ArtifactStore, 'open'>;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

/** How often a call is repeated: its checkpoint and its reference may both be damaged. */
const RECOVERIES_MAX = 3;

const UNWATCHED: TrainingWatcher = { onStepsDone: () => undefined };

export class Recovery {
  private readonly inProgress = new Map<string, Promise<boolean>>();

  constructor(private readonly options: RecoveryOptions) {}

  /** The same services, whose calls recover damaged checkpoints. */
  wrap(services: Services): Services {
    return {
      ...services,
      propose: (request) => this.withRecovery([request.checkpoint], () => services.propose(request)),
      evaluate: (request) => this.withRecovery([request.checkpoint], () => services.evaluate(request)),
      updateTeacher: (request) =>
        this.withRecovery([request.checkpoint, request.reference], () => services.updateTeacher(request)),
      train: (id, spec, watcher) =>
        this.withRecovery([spec.base, spec.reference], () => services.train(id, spec, watcher)),
    };
  }

  /**
   * Runs `work`, which opens these checkpoints. Where one is damaged or missing, makes it again and repeats `work`.
   */
  async withRecovery<T>(checkpoints: readonly Named[], work: () => Promise<T>): Promise<T> {
    for (let times = 0; ; times++) {
      try {
        return await work();
      } catch (error) {
        const lost = error instanceof UserError && ['DATA_LOSS', 'NOT_FOUND'].includes(error.reason);
        if (!lost || times >= RECOVERIES_MAX) throw error;
        const remade = await Promise.all(checkpoints.map((checkpoint) => this.recover(checkpoint)));
        if (!remade.includes(true)) throw error;
      }
    }
  }

  /** Makes a checkpoint again unless it is intact; true if it did. */
  private recover(checkpoint: Named): Promise<boolean> {
    const { key = '', sha256 = '' } = checkpoint ?? {};
    const known = this.inProgress.get(key);
    if (known !== undefined) return known;
    const recovery = this.remakeIfDamaged(key, sha256).finally(() => this.inProgress.delete(key));
    this.inProgress.set(key, recovery);
    return recovery;
  }

  private async remakeIfDamaged(key: string, sha256: string): Promise<boolean> {
    const { run, store, log } = this.options;
    if (!key.startsWith(`${run().id}/`)) return false;
    try {
      await store.open({ key, sha256 });
      return false;
    } catch (error) {
      log(`run ${run().id}: ${messageOf(error)}; making it again`, 'warn', { [attributes.runId]: run().id });
    }
    const remade = await this.remake(key.slice(run().id.length + 1));
    if (remade !== undefined && sha256 !== '' && remade.sha256 !== sha256) {
      throw new UserError(
        `artifact ${key}: it was lost, and making it again gave different bytes (manifest ${remade.sha256}, ` +
          `expected ${sha256}), as on another kind of processor or with another version; restore it from a copy`,
        'DATA_LOSS',
        key,
      );
    }
    return remade !== undefined;
  }

  /** Repeats an effect of a finished step, or of an arm; undefined for any other name. */
  private async remake(name: string): Promise<CheckpointRef | undefined> {
    const run = this.options.run();
    const { services } = run;
    if (name === 'hard-only' || name === 'pq') {
      const { id, spec } = armTraining(run, name, await this.stateBefore(run.config.outerSteps));
      return (await services.train(id, spec, UNWATCHED)).checkpoint;
    }
    const effect = effects.parse(name);
    if (effect === undefined) return undefined;
    const { t } = effect;
    const [part, state] = [await this.part(t), await this.stateBefore(t)];
    const kept = await this.options.journal.get(proposalsEntry(t));
    const score = part?.steps[0]?.score;
    if (score === undefined || kept === undefined) return undefined;
    const proposals = fromBinary(ProposeResponseSchema, kept);
    if (effect.kind === 'teacher') {
      const request = teacherUpdate(run, t, state.teacher, proposals, score);
      return (await services.updateTeacher(request)).checkpoint;
    }
    const { k, j } = effect;
    const { id, spec } = studentTraining(run, {
      t,
      k,
      j,
      theta: state.student,
      steps: innerSteps(run, state.promoted.length),
      problems: problemsOf(proposals, k),
      Q_R: rewardQuestions(run.config.seed, t, run.train, run.config.rewardQuestions),
    });
    return (await services.train(id, spec, UNWATCHED)).checkpoint;
  }

  private async stateBefore(t: number): Promise<LoopState> {
    let state = firstState(this.options.run());
    for (let before = 0; before < t; before++) {
      const part = await this.part(before);
      if (part === undefined) throw new InvariantError(`recovery: step ${before} is not in the journal`);
      state = advance(state, part);
    }
    return state;
  }

  private async part(t: number): Promise<RunReport | undefined> {
    const kept = await this.options.journal.get(parts.step(t));
    return kept === undefined ? undefined : fromBinary(RunReportSchema, kept);
  }
}
