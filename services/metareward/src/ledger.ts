/**
 * The reward ledger as messages: scores each step once, in order, and can recompute any step from the stored
 * evaluations.
 *
 * The ledger is the only state. The window of rewards before a step is read from it, so a restart, a retry or a
 * second process sees the same window. Messages are stored as bytes in a `Ledger` of @soar/store.
 */
import {
  create,
  equals,
  fromBinary,
  type LedgerEntry,
  LedgerEntrySchema,
  PromotionConfigSchema,
  type ScoreStepRequest,
  ScoreStepRequestSchema,
  type StepScore,
  StepScoreSchema,
  toBinary,
} from '@soar/contracts';
import { InvariantError, UserError } from '@soar/core';
import type { Ledger, LedgerRow } from '@soar/store';
import type { ScoredStep } from '@soar/rl';
import { canonicalRequest } from './canonical-request.js';
import { scoreStep, scoredStep } from './score-step.js';

/** Most bytes of entries in one page: a step of 65,536 students has megabytes, and messages have a size limit. */
const PAGE_BYTES_MAX = 8 * 1024 * 1024;

export interface LedgerPage {
  readonly entries: LedgerEntry[];
  /** Whether there are later steps. */
  readonly more: boolean;
}

export interface Recomputed {
  readonly recorded: StepScore;
  readonly recomputed: StepScore;
  /** Whether both are bitwise equal. */
  readonly equal: boolean;
}

export class RewardLedger {
  constructor(private readonly rows: Ledger) {}

  /**
   * Scores a step and appends it, or returns the recorded score. `fresh`: whether it was scored now. Throws UserError
   * INVALID_ARGUMENT, ALREADY_EXISTS (the step was scored from other evaluations), FAILED_PRECONDITION (an earlier
   * step is missing).
   */
  async score(request: ScoreStepRequest): Promise<{ score: StepScore; fresh: boolean }> {
    const { runId, outerStep } = request;
    const found = await this.rows.get(runId, outerStep);
    if (found !== undefined) return { score: recordedFor(request, found), fresh: false };
    const next = await this.rows.steps(runId);
    if (outerStep !== next) {
      const message = `outer_step: steps are scored in order: expected ${next} next in run ${runId}, got ${outerStep}`;
      throw new UserError(message, 'FAILED_PRECONDITION', 'outer_step');
    }
    const score = scoreStep(request, await this.history(request));
    const row = {
      step: outerStep,
      request: toBinary(ScoreStepRequestSchema, request),
      score: toBinary(StepScoreSchema, score),
    };
    if (await this.rows.append(runId, row)) return { score, fresh: true };
    // A concurrent request has appended the same step.
    const other = await this.rows.get(runId, outerStep);
    if (other === undefined)
      throw new InvariantError(`ledger: step ${outerStep} of run ${runId} was refused but is not recorded`);
    return { score: recordedFor(request, other), fresh: false };
  }

  /** Entries from `firstStep` on: at most `limit`, and at most PAGE_BYTES_MAX, but at least one if any exists. */
  async list(runId: string, firstStep: number, limit: number): Promise<LedgerPage> {
    const entries: LedgerEntry[] = [];
    let bytes = 0;
    for (let step = firstStep; entries.length < limit; step++) {
      const row = await this.rows.get(runId, step);
      if (row === undefined) return { entries, more: false };
      bytes += row.request.length + row.score.length;
      if (entries.length > 0 && bytes > PAGE_BYTES_MAX) return { entries, more: true };
      entries.push(create(LedgerEntrySchema, { request: requestOf(row), score: scoreOf(row) }));
    }
    return { entries, more: firstStep + entries.length < (await this.rows.steps(runId)) };
  }

  /**
   * Recomputes a step from the evaluations of the run, from its first step on, without using any recorded score.
   * Throws UserError NOT_FOUND; `signal` ends a long replay.
   */
  async recompute(runId: string, outerStep: number, signal: AbortSignal): Promise<Recomputed> {
    const row = await this.rows.get(runId, outerStep);
    if (row === undefined) {
      const steps = await this.rows.steps(runId);
      const message = `run ${runId} has no step ${outerStep} in the ledger; it has ${steps} steps`;
      throw new UserError(message, 'NOT_FOUND', 'outer_step');
    }
    const history: ScoredStep[] = [];
    for (let step = 0; step < outerStep; step++) {
      signal.throwIfAborted();
      const earlier = await this.rows.get(runId, step);
      if (earlier === undefined)
        throw new InvariantError(`ledger: run ${runId} has step ${outerStep} but no step ${step}`);
      history.push(scoredStep(scoreStep(requestOf(earlier), history)));
    }
    const recomputed = scoreStep(requestOf(row), history);
    const equal = Buffer.compare(toBinary(StepScoreSchema, recomputed), row.score) === 0;
    return { recorded: scoreOf(row), recomputed, equal };
  }

  /** The earlier steps that are in the window of this one. */
  private async history({ runId, outerStep, promotion }: ScoreStepRequest): Promise<ScoredStep[]> {
    if (outerStep === 0) return [];
    const before = await this.rows.get(runId, outerStep - 1);
    const kept = before === undefined ? undefined : requestOf(before).promotion;
    if (kept === undefined || promotion === undefined || !equals(PromotionConfigSchema, kept, promotion)) {
      const earlier = `step ${outerStep - 1} of run ${runId}`;
      const message = `promotion: differs from ${earlier}; it must be the same in every step`;
      throw new UserError(message, 'INVALID_ARGUMENT', 'promotion');
    }
    const first = Math.max(0, outerStep - promotion.window + 1);
    const rows = await this.rows.list(runId, first, outerStep - first);
    return rows.map((row) => scoredStep(scoreOf(row)));
  }
}

/** The recorded score, if the request equals the recorded one. */
function recordedFor(request: ScoreStepRequest, row: LedgerRow): StepScore {
  const [given, recorded] = [canonicalRequest(request), canonicalRequest(requestOf(row))];
  if (equals(ScoreStepRequestSchema, given, recorded)) return scoreOf(row);
  const message =
    `step ${request.outerStep} of run ${request.runId} was scored from other evaluations; ` +
    'the ledger is written once: read that score with ListLedger, or use another run id';
  throw new UserError(message, 'ALREADY_EXISTS', 'outer_step');
}

function requestOf(row: LedgerRow): ScoreStepRequest {
  return fromBinary(ScoreStepRequestSchema, row.request);
}

function scoreOf(row: LedgerRow): StepScore {
  return fromBinary(StepScoreSchema, row.score);
}
