/**
 * Which artifacts of runs are needed, and for what. Pure.
 *
 * Only checkpoints that a finished outer step made may be removed: its students and its teacher, each with its record.
 * Whatever a run names in its report (base, arms), and anything else in its folder, is always kept. With the default
 * retention only students that were not promoted are removed: datasets times repeats models a step, whose evaluations
 * are in the ledger.
 */
import { Retention, type RunReport } from '@soar/contracts';
import { effects } from '../journal/addresses.js';

/** A run, as far as the use of artifacts depends on it. */
export interface ArtifactUser {
  readonly id: string;
  /** Key of its base model. */
  readonly baseKey: string;
  /** Parts of its report, in any order; for a fork, including steps that are yet to be copied. */
  readonly parts: readonly RunReport[];
  /** Never UNSPECIFIED. */
  readonly retention: Retention;
}

/** What each key is needed for, as text. */
export type Uses = Map<string, string[]>;

/** The configured retention, or the default. */
export function retentionOf(configured: Retention): Retention {
  return configured === Retention.UNSPECIFIED ? Retention.FORKABLE : configured;
}

/** Adds one use of a key. */
export function addUse(uses: Uses, key: string, why: string): void {
  uses.set(key, [...(uses.get(key) ?? []), why]);
}

/** Adds what a run needs, in its own folder or in those of others. */
export function addUses(uses: Uses, { id, baseKey, parts, retention }: ArtifactUser): void {
  const need = (key: string | undefined, why: string): void => {
    if (key !== undefined && key !== '') addUse(uses, key, `${why} of run ${id}`);
  };
  need(baseKey, 'base');
  const steps = parts.flatMap((part) => part.steps);
  const last = Math.max(...steps.map(({ outerStep }) => outerStep));
  for (const { outerStep, teacher, score } of steps) {
    need(score?.promotion?.checkpoint?.key, `promoted in step ${outerStep}`);
    if (retention !== Retention.RESULTS || outerStep === last)
      need(teacher?.key, `teacher after step ${outerStep}`);
  }
  for (const { name, checkpoint } of parts.flatMap((part) => part.arms)) need(checkpoint?.key, `arm ${name}`);
}

/** A run whose folder is swept. */
export interface RunFolder {
  readonly id: string;
  /** Outer steps that are finished. */
  readonly stepsDone: number;
  /** Whether it has succeeded or was cancelled. */
  readonly isOver: boolean;
  /** Never UNSPECIFIED. */
  readonly retention: Retention;
}

const RECORD = '.record';

/** What an artifact in the folder of a run is kept for; empty when nothing needs it. */
export function keptFor(key: string, { id, stepsDone, isOver, retention }: RunFolder, uses: Uses): string[] {
  const made = key.endsWith(RECORD) ? key.slice(0, -RECORD.length) : key;
  const needed = uses.get(made) ?? uses.get(key);
  if (needed !== undefined) return needed;
  const step = effects.parse(made.slice(id.length + 1))?.t;
  if (step === undefined) return [`result of run ${id}`];
  if (step >= stepsDone && !isOver) return [`step ${step} of run ${id}, which is unfinished`];
  return retention === Retention.EVERYTHING ? [`step ${step} of run ${id}, which keeps everything`] : [];
}
