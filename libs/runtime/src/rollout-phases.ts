/**
 * A request for completions, drawn in phases: after each, the rows that have not ended go on in new units, with what
 * they have drawn as part of their prompt. Phases begin after 0, f, 3f, 7f ... tokens of a row, whatever else is in the
 * request.
 */
import type { RolloutResult } from './protocol.js';
import {
  checkPrompt,
  planUnits,
  type ModelLimits,
  type Phase,
  type PlannedUnit,
  type RolloutRequest,
  type RolloutRow,
} from './rollout-units.js';
import type { WorkShapes } from './settings.js';

/** One sampled completion. */
export interface Completion {
  /** The end token included. */
  readonly tokens: Int32Array;
  /** After temperature, before top-k and top-p. At temperature 0 those at temperature 1. */
  readonly logprobs: Float32Array;
  /** Whether it ended with one of the stop tokens, and not at the length limit. */
  readonly stopped: boolean;
}

/** What a unit gave for its rows: pieces of completions by index in the request that was planned. */
export type Pieces = readonly (readonly [index: number, piece: Completion])[];

/** Does the units of a phase, in any order. */
export type RunUnits = (units: readonly PlannedUnit[]) => Promise<Pieces>;

/** Completions in the order of request.rows. Throws UserError for a prompt that the model cannot read. */
export async function sampleInPhases(
  request: RolloutRequest,
  limits: ModelLimits,
  shapes: WorkShapes,
  runUnits: RunUnits,
): Promise<Completion[]> {
  request.prompts.forEach((prompt, i) => checkPrompt(prompt, i, limits));
  const pieces = request.rows.map((): Completion[] => []);
  let prompts = request.prompts;
  let rows: (RolloutRow & { readonly index: number })[] = request.rows.map((row, index) => ({
    ...row,
    index,
  }));
  for (const phase of phasesOf(request.sampling.maxNewTokens, shapes)) {
    const units = planUnits({ ...request, prompts, rows }, phase, limits, shapes);
    for (const [i, piece] of await runUnits(units)) pieces[rows[i]!.index]!.push(piece);
    const next = rows.filter(({ index, prompt }) => {
      const { stopped, tokens } = pieces[index]!.at(-1)!;
      return !stopped && prompts[prompt]!.length + tokens.length < limits.maxPositionEmbeddings;
    });
    if (next.length === 0) break;
    prompts = next.map(({ index, prompt }) => joined(prompts[prompt]!, pieces[index]!.at(-1)!.tokens));
    rows = next.map(({ index, path }, prompt) => ({ index, path, prompt }));
  }
  return pieces.map(join);
}

/** The phases of completions of at most `tokensMax` tokens. */
export function* phasesOf(tokensMax: number, { firstPhase }: WorkShapes): Generator<Phase> {
  for (let drawn = 0, length = firstPhase; drawn < tokensMax; drawn += length, length *= 2) {
    yield { drawn, rounds: Math.min(length, tokensMax - drawn) };
  }
}

/** The pieces of a unit's rows. */
export function piecesOf({ unit, rows }: PlannedUnit, result: RolloutResult): Pieces {
  return rows.map(({ index, tokensMax }, row) => {
    const begin = row * result.rounds;
    const end = begin + Math.min(result.lengths[row]!, tokensMax);
    const tokens = result.tokens.slice(begin, end);
    const stopped = unit.sampling.stopIds.includes(tokens.at(-1)!);
    return [index, { tokens, logprobs: result.logprobs.slice(begin, end), stopped }];
  });
}

export function joined(prompt: ArrayLike<number>, drawn: ArrayLike<number>): Int32Array {
  const whole = new Int32Array(prompt.length + drawn.length);
  whole.set(prompt);
  whole.set(drawn, prompt.length);
  return whole;
}

function join(pieces: readonly Completion[]): Completion {
  if (pieces.length === 1) return pieces[0]!;
  const length = pieces.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const whole = { tokens: new Int32Array(length), logprobs: new Float32Array(length) };
  let at = 0;
  for (const { tokens, logprobs } of pieces) {
    whole.tokens.set(tokens, at);
    whole.logprobs.set(logprobs, at);
    at += tokens.length;
  }
  return { ...whole, stopped: pieces.at(-1)!.stopped };
}
