/**
 * The settings of a fine-tuning: what the user gives, and what follows from it, the model and the data. Everything that
 * may change a bit of the result is in `Plan`, which an unfinished work keeps; it is resumed by the same plan alone.
 */
import { createHash } from 'node:crypto';
import { UserError } from '@soar/core';
import type { Adapter } from '@soar/model';
import type { ScheduleConfig } from '@soar/optim';
import type { Compute } from '@soar/runtime';
import type { Encoded } from './encode.js';

/** A model folder, or that of an adapter and of the model under it. */
export interface FinetuneModel {
  readonly folder: string;
  readonly base?: string;
}

/** As given; what is left out has the default that is stated here. */
export interface FinetuneSettings {
  /** Passes over the rows; default 1. Not together with `steps`. */
  readonly epochs?: number | undefined;
  readonly steps?: number | undefined;
  /** Rows of a step; default 8. */
  readonly batchSize?: number | undefined;
  /** Peak; default 2e-5, for an adapter 2e-4. */
  readonly learningRate?: number | undefined;
  /** Default cosine. */
  readonly schedule?: ScheduleConfig['schedule'] | undefined;
  /** Default: 3 % of the steps. */
  readonly warmupSteps?: number | undefined;
  /** Seed of the order of the rows, of which are held out, and of a new adapter; default 0. */
  readonly seed?: number | undefined;
  /** Longest row, in tokens; default 1024, or as many positions as the model has. Longer ones are left out. */
  readonly maxLength?: number | undefined;
  /** Steps between two measurements of the held-out loss; default: ten of them. */
  readonly evaluateEvery?: number | undefined;
}

/** What a fine-tuning computes, in JSON. */
export interface Plan {
  /** SHA-256 over the model's files. */
  readonly model: string;
  /** SHA-256 over the tokens that are trained on and held out. */
  readonly data: string;
  readonly rows: number;
  readonly heldOutRows: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly schedule: ScheduleConfig['schedule'];
  readonly warmupSteps: number;
  readonly seed: number;
  readonly evaluateEvery: number;
  /** Null: all weights are trained, or the adapter that the model has. */
  readonly adapter: Adapter | null;
  readonly compute: Compute;
}

const BATCH_SIZE_DEFAULT = 8;
export const MAX_LENGTH_DEFAULT = 1024;
const LEARNING_RATE_DEFAULT = 2e-5;
const ADAPTER_LEARNING_RATE_DEFAULT = 2e-4;
const WARMUP_SHARE = 0.03;
/** Measurements of the held-out loss, beside the first. */
const EVALUATIONS = 10;
const STEPS_MAX = 1_000_000;

/** The part of the plan that settings and number of rows decide. Throws UserError. */
export function stepsOf(
  { epochs, steps, batchSize = BATCH_SIZE_DEFAULT, warmupSteps, evaluateEvery, ...given }: FinetuneSettings,
  rows: number,
  isAdapter: boolean,
): Pick<
  Plan,
  'steps' | 'batchSize' | 'learningRate' | 'schedule' | 'warmupSteps' | 'seed' | 'evaluateEvery'
> {
  const total = steps ?? Math.ceil(((epochs ?? 1) * rows) / batchSize);
  if (total > STEPS_MAX)
    throw new UserError(`${total} steps; expected at most ${STEPS_MAX}: fewer epochs or larger batches`);
  return {
    steps: total,
    batchSize,
    learningRate: given.learningRate ?? (isAdapter ? ADAPTER_LEARNING_RATE_DEFAULT : LEARNING_RATE_DEFAULT),
    schedule: given.schedule ?? 'cosine',
    warmupSteps: warmupSteps ?? Math.ceil(WARMUP_SHARE * total),
    seed: given.seed ?? 0,
    evaluateEvery: evaluateEvery ?? Math.ceil(total / EVALUATIONS),
  };
}

/** Whether a value from a file can be a plan; `differenceOf` says whether it is the expected one. */
export function isPlan(value: unknown): value is Plan {
  const { compute } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Plan>;
  return typeof compute === 'object' && compute !== null && typeof compute.threads === 'number';
}

/** Whether and where two plans differ: "batchSize: 8, now 16". Undefined where they are equal. */
export function differenceOf(before: Plan, now: Plan): string | undefined {
  const names = Object.keys(now) as (keyof Plan)[];
  const differing = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
  if (differing.length === 0) return undefined;
  return differing.map((name) => `${name}: ${shown(before[name])}, now ${shown(now[name])}`).join('; ');
}

function shown(value: Plan[keyof Plan] | undefined): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** SHA-256 over examples in order. */
export function hashOf(...parts: readonly (readonly Encoded[])[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${part.length}\n`);
    for (const { tokens, learned } of part) hash.update(JSON.stringify([[...tokens], learned]));
  }
  return hash.digest('hex');
}
