/** Lines of a text that comes in pieces. */
import { UserError } from '@soar/core';

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** Longest line, in UTF-16 units: beyond any problem, far below what a string can hold. */
const LINE_LENGTH_MAX = 2 ** 26;

/** Most lines, blank ones included: ten for each problem that is read at most. */
const LINES_MAX = 10_000_000;

/** Lines that are not blank. Throws UserError if there are too many, or on one that is too long. */
export async function* linesOf(pieces: AsyncIterable<string>, source: string): AsyncGenerator<Line> {
  let number = 1;
  let rest = '';
  for await (const piece of pieces) {
    const lines = piece.split('\n');
    lines[0] = rest + lines[0]!;
    rest = lines.pop()!;
    for (const text of lines) {
      if (text.trim() !== '') yield { number, text };
      number++;
    }
    const refuse = (what: string): UserError =>
      new UserError(`${source}:${number}: ${what}; expected one problem a line`, 'INVALID_ARGUMENT', source);
    if (number > LINES_MAX) throw refuse(`more than ${LINES_MAX} lines`);
    if (rest.length > LINE_LENGTH_MAX) throw refuse(`a line of more than ${LINE_LENGTH_MAX} characters`);
  }
  if (rest.trim() !== '') yield { number, text: rest };
}
