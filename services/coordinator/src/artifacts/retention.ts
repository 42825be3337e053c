/**
 * Which artifacts of runs are needed, and for what. Pure.
 *
 * Only checkpoints that a finished outer step made may go: its students and its teacher, each with the record beside
 * it. What a run names in its report (base, arms) and what stands in its folder for another reason is kept in any case.
 * Students that were not promoted are all that most runs let go: datasets times repeats models a step, whose
 * evaluations are in the ledger.
 */
import { Retention, type RunReport } from '@soar/contracts';
import { effects } from '../journal/addresses.js';

/** A run as far as its artifacts go. */
export interface Keeping {
  readonly id: string;
  /** Key of its base model. */
  readonly baseKey: string;
  /** Parts of its report, in any order; for a fork with those that it has not taken over yet. */
  readonly parts: readonly RunReport[];
  /** Never UNSPECIFIED. */
  readonly retention: Retention;
}

/** What each key is needed for, in words. */
export type Uses = Map<string, string[]>;

/** The default where a configuration says nothing. */
export function retentionOf(configured: Retention): Retention {
  return configured === Retention.UNSPECIFIED ? Retention.FORKABLE : configured;
}

/** Adds one use of a key. */
export function addUse(uses: Uses, key: string, why: string): void {
  uses.set(key, [...(uses.get(key) ?? []), why]);
}

/** Adds what a run needs, in its own folder or in those of others. */
export function addUses(uses: Uses, { id, baseKey, parts, retention }: Keeping): void {
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

/** A run whose folder is looked through. */
export interface Folder {
  readonly id: string;
  /** Outer steps that are finished. */
  readonly stepsDone: number;
  /** Whether it will not go on: it has succeeded or was cancelled. */
  readonly over: boolean;
  /** Never UNSPECIFIED. */
  readonly retention: Retention;
}

const RECORD = '.record';

/** What an artifact in the folder of a run is kept for; empty: for nothing. */
export function keptFor(key: string, { id, stepsDone, over, retention }: Folder, uses: Uses): string[] {
  const made = key.endsWith(RECORD) ? key.slice(0, -RECORD.length) : key;
  const needed = uses.get(made) ?? uses.get(key);
  if (needed !== undefined) return needed;
  const step = effects.parse(made.slice(id.length + 1))?.t;
  if (step === undefined) return [`result of run ${id}`];
  if (step >= stepsDone && !over) return [`step ${step} of run ${id}, which is in work`];
  return retention === Retention.EVERYTHING ? [`step ${step} of run ${id}, which keeps everything`] : [];
}
