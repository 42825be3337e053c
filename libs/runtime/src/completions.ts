/**
 * A request for completions, from its rows to what was drawn. A row is drawn in one unit, to its end. Only where its
 * rotary frequencies change it continues in another, which reads its text again (roomBehind in rollout-units.ts).
 */
import type { RolloutPiece } from './protocol.js';
import {
  checkPrompt,
  planUnits,
  type ModelLimits,
  type OpenRow,
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

/** What a unit gave, for each of its rows. */
export type RunUnits = (units: readonly PlannedUnit[]) => Promise<readonly (readonly Completion[])[]>;

/** Completions in the order of request.rows. Throws UserError for a prompt that the model cannot read. */
export async function complete(
  request: RolloutRequest,
  limits: ModelLimits,
  shapes: WorkShapes,
  runUnits: RunUnits,
): Promise<Completion[]> {
  request.prompts.forEach((prompt, i) => checkPrompt(prompt, i, limits));
  const { sampling } = request;
  const pieces = request.rows.map((): Completion[] => []);
  let open = request.rows.map(({ prompt, path }, index): OpenRow => {
    return { index, path, text: request.prompts[prompt]!, drawn: 0 };
  });
  while (open.length > 0) {
    const units = planUnits(open, request, limits, shapes);
    const drawn = await runUnits(units);
    open = units.flatMap(({ rows }, unit) =>
      rows.flatMap((row, i) => {
        const piece = drawn[unit]![i]!;
        pieces[row.index]!.push(piece);
        return goOn(row, piece, sampling.maxNewTokens, limits);
      }),
    );
  }
  return pieces.map(join);
}

/** The row with what it drew; none when it is complete. A row that goes on has drawn at least one token. */
export function goOn(
  row: OpenRow,
  { tokens, stopped }: Completion,
  tokensMax: number,
  { maxPositionEmbeddings }: ModelLimits,
): OpenRow[] {
  const drawn = row.drawn + tokens.length;
  const text = joined(row.text, tokens);
  const complete = stopped || drawn >= tokensMax || text.length >= maxPositionEmbeddings;
  return complete ? [] : [{ ...row, text, drawn }];
}

/** Rows of a unit that have ended by the request's own rule. */
export function endedRows(planned: PlannedUnit, pieces: readonly RolloutPiece[]): number[] {
  if (pieces.length === 0) return [];
  return completionsOf(planned, pieces).flatMap(({ stopped }, row) => (stopped ? [row] : []));
}

/** Completions of a unit's rows so far, from the pieces that its worker gave one after the other. */
export function completionsOf(planned: PlannedUnit, pieces: readonly RolloutPiece[]): Completion[] {
  return planned.unit.paths.map((_, row) => {
    const completion = join(pieces.map((piece) => pieceOf(planned, piece, row)));
    return { ...completion, stopped: completion.stopped || planned.endsWith?.(completion.tokens) === true };
  });
}

function pieceOf({ unit }: PlannedUnit, piece: RolloutPiece, row: number): Completion {
  const { rounds, tokens, logprobs, lengths } = piece;
  const [begin, end] = [row * rounds, row * rounds + lengths[row]!];
  const own = tokens.slice(begin, end);
  const stopped = unit.sampling.stopIds.includes(own.at(-1) ?? -1);
  return { tokens: own, logprobs: logprobs.slice(begin, end), stopped };
}

function joined(prompt: ArrayLike<number>, drawn: ArrayLike<number>): Int32Array {
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
  return { ...whole, stopped: pieces.some(({ stopped }) => stopped) };
}
