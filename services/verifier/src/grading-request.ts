/**
 * One request's way through the pool: cut into chunks, put together again in order, and what happens to an item whose
 * process had to be killed. It is tried once more alone; the items before it are graded again, those after it continue.
 */
import { InvariantError, UserError } from '@soar/core';
import { RESULT_OF_KILLED, type Item, type Result, type Task } from './grading.js';
import type { ChunkEnd } from './grader.js';

/**
 * Items of one message to a grading process: enough that messages cost nothing, few enough that others get their turn.
 */
const CHUNK_ITEMS_MAX = 256;
/** Text of one message, in UTF-16 units. */
const CHUNK_CHARS_MAX = 1 << 20;

/** Deaths of processes that no item is to blame for, before a request is given up. */
const STRAY_DEATHS_MAX = 10;

/** A range of a request's items, for one process. */
export interface Piece {
  readonly first: number;
  readonly end: number;
  /** Second try of a single item. */
  readonly isRetry: boolean;
}

export class GradingRequest {
  readonly results: (Result | undefined)[];
  private readonly waiting: Piece[];
  private itemsLeft: number;
  private inFlight = 0;
  private suspects = 0;
  private strayDeaths = 0;

  constructor(
    readonly task: Task,
    readonly items: readonly Item[],
  ) {
    this.results = new Array<Result | undefined>(items.length);
    this.itemsLeft = items.length;
    this.waiting = cut(items);
  }

  get isDone(): boolean {
    return this.itemsLeft === 0;
  }

  /**
   * The next piece, or undefined when none can be given out now. A request with a stuck item waits for it before it
   * gets another process, so that a hostile batch holds up nothing but itself.
   */
  take(): Piece | undefined {
    if (this.suspects > 0) return undefined;
    const piece = this.waiting[0];
    // Retries run while nothing else of the request does: an item that is suspicious gets no company.
    if (piece === undefined || (piece.isRetry && this.inFlight > 0)) return undefined;
    this.waiting.shift();
    this.inFlight++;
    return piece;
  }

  itemsOf(piece: Piece): readonly Item[] {
    return this.items.slice(piece.first, piece.end);
  }

  suspect(): void {
    this.suspects++;
  }

  /** Takes in how a piece ended. `wasSuspect`: whether `suspect` was called for it. */
  end(piece: Piece, how: ChunkEnd, wasSuspect: boolean): void {
    this.inFlight--;
    if (wasSuspect) this.suspects--;
    if (how.kind === 'graded') {
      how.results.forEach((result, i) => this.settle(piece.first + i, result));
      return;
    }
    const at = piece.first + how.index;
    // Killed between the last item and the answer: no item is to blame, all are graded again.
    if (at >= piece.end) {
      if (++this.strayDeaths > STRAY_DEATHS_MAX) {
        throw new UserError(
          'verifier: grading processes keep ending; is there enough memory?',
          'UNAVAILABLE',
        );
      }
      return this.putBack(piece.first, piece.end, piece.isRetry);
    }
    if (piece.isRetry) return this.settle(at, RESULT_OF_KILLED[this.task.kind]);
    this.putBack(at + 1, piece.end, false);
    this.putBack(at, at + 1, true);
    this.putBack(piece.first, at, false);
  }

  private settle(index: number, result: Result): void {
    if (this.results[index] !== undefined)
      throw new InvariantError(`grading: item ${index} has a result already`);
    this.results[index] = result;
    this.itemsLeft--;
  }

  private putBack(first: number, end: number, isRetry: boolean): void {
    if (first < end) this.waiting.unshift({ first, end, isRetry });
  }
}

function cut(items: readonly Item[]): Piece[] {
  const pieces: Piece[] = [];
  let first = 0;
  let chars = 0;
  items.forEach(({ gold, text }, i) => {
    const size = gold.length + text.length;
    if (i > first && (i - first >= CHUNK_ITEMS_MAX || chars + size > CHUNK_CHARS_MAX)) {
      pieces.push({ first, end: i, isRetry: false });
      first = i;
      chars = 0;
    }
    chars += size;
  });
  pieces.push({ first, end: items.length, isRetry: false });
  return pieces;
}
