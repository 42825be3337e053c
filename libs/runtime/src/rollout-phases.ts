/**
 * A request for completions, drawn in phases: after each, the rows that have not ended continue in new units, with
 * the drawn tokens as part of their prompt. Phases start after 0, f, 3f, 7f ... tokens of a row, whatever else is in
 * the request. A row is also read again where its rotary frequencies change (roomBehind in rollout-units.ts).
 */
import type { RolloutResult } from './protocol.js';
import {
  checkPrompt,
  planUnits,
  type ModelLimits,
  type Phase,
  type PlannedUnit,
  type RolloutRequest,
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
  let open = request.rows.map(({ prompt, path }, index): OpenRow => {
    return { index, path, text: request.prompts[prompt]!, drawn: 0 };
  });
  for (const { drawn, rounds } of phasesOf(request.sampling.maxNewTokens, shapes)) {
    const end = drawn + rounds;
    // One round a phase, and one more for rows whose text had to be read again before the phase was over.
    for (let due = open; due.length > 0; due = open.filter((row) => row.drawn < end)) {
      const waiting = open.filter((row) => row.drawn === end);
      const units = planRows(request, due, end, limits, shapes);
      for (const [index, piece] of await runUnits(units)) pieces[index]!.push(piece);
      open = [...waiting, ...due.flatMap((row) => goneOn(row, pieces[row.index]!.at(-1)!, limits))];
    }
    if (open.length === 0) break;
  }
  return pieces.map(join);
}

/** A row that has not ended. */
interface OpenRow {
  readonly index: number;
  readonly path: string;
  /** Its prompt and what it has drawn. */
  readonly text: ArrayLike<number>;
  readonly drawn: number;
}

/** The row with what it drew; none when it has ended. */
function goneOn(row: OpenRow, { tokens, stopped }: Completion, limits: ModelLimits): OpenRow[] {
  if (stopped || row.text.length + tokens.length >= limits.maxPositionEmbeddings) return [];
  return [{ ...row, text: joined(row.text, tokens), drawn: row.drawn + tokens.length }];
}

/** Units that take rows to `end` drawn tokens; rows share a unit when they have drawn equally many. */
function planRows(
  request: RolloutRequest,
  due: readonly OpenRow[],
  end: number,
  limits: ModelLimits,
  shapes: WorkShapes,
): PlannedUnit[] {
  const counts = [...new Set(due.map(({ drawn }) => drawn))].sort((a, b) => a - b);
  return counts.flatMap((drawn) => {
    const own = due.filter((row) => row.drawn === drawn);
    const prompts = [...new Set(own.map(({ text }) => text))];
    const place = new Map(prompts.map((text, i) => [text, i]));
    const rows = own.map(({ path, text }) => ({ path, prompt: place.get(text)! }));
    const units = planUnits({ ...request, prompts, rows }, { drawn, rounds: end - drawn }, limits, shapes);
    return units.map((planned) => ({
      ...planned,
      rows: planned.rows.map((row) => ({ ...row, index: own[row.index]!.index })),
    }));
  });
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
