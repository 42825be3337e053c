/**
 * Balanced `\boxed{}` and `\fbox{}` spans.
 *
 * A hand-written scanner: it reads each character once, so hostile text (unbalanced or deeply nested braces) costs linear
 * time. It does not look inside a box; that is the parser's work.
 */

/** Where a box stands: `start` at its backslash, `end` after its closing brace. */
export interface Box {
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

/** Boxes found beyond this many are not looked at: only the last ones can be an answer. */
const BOXES_MAX = 64;

/** The outermost balanced boxes of `text`, in order; the last BOXES_MAX of them. */
export function boxesOf(text: string): Box[] {
  const boxes: Box[] = [];
  const opening = /\\{1,2}(?:boxed|fbox)(?![A-Za-z])/g;
  let unbalancedFrom = Infinity;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const after = skipSpaces(text, opening.lastIndex);
    const box = readBox(text, match.index, after, unbalancedFrom);
    if (box === 'unbalanced') unbalancedFrom = Math.min(unbalancedFrom, after);
    else if (box !== undefined) {
      boxes.push(box);
      if (boxes.length > BOXES_MAX) boxes.shift();
      opening.lastIndex = box.end;
    }
  }
  return boxes;
}

function readBox(
  text: string,
  start: number,
  at: number,
  unbalancedFrom: number,
): Box | 'unbalanced' | undefined {
  if (text[at] === '{') {
    // An opening brace that never closes makes every later scan run to the end of the text: scan on only once.
    if (unbalancedFrom < at && !text.includes('}', at)) return undefined;
    const close = closingBrace(text, at);
    if (close < 0) return 'unbalanced';
    return { start, end: close + 1, content: text.slice(at + 1, close) };
  }
  const bare = /[A-Za-z0-9]/.exec(text[at] ?? '');
  if (bare === null) return undefined;
  return { start, end: at + 1, content: text[at]! };
}

/** Longest box that is scanned; a longer one is no answer. */
const BOX_LENGTH_MAX = 16_384;

/** Index of the brace that closes the one at `open`, or -1. Escaped braces do not count. */
export function closingBrace(text: string, open: number): number {
  let depth = 0;
  const stop = Math.min(text.length, open + BOX_LENGTH_MAX);
  for (let i = open; i < stop; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '{') depth++;
    else if (c === '}' && --depth === 0) return i;
  }
  return -1;
}

function skipSpaces(text: string, at: number): number {
  while (at < text.length && (text[at] === ' ' || text[at] === '\n')) at++;
  return at;
}
