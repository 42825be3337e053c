/**
 * Balanced `\boxed{}` and `\fbox{}` spans.
 *
 * One pass pairs all braces, a second one looks at the boxes, so hostile text (unbalanced or deeply nested braces)
 * costs linear time. The content of a box is parsed elsewhere.
 */

/** The span of a box: `start` at its backslash, `end` after its closing brace. */
export interface Box {
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

/** Boxes that are kept, the last ones: no earlier one can be an answer. */
const BOXES_MAX = 64;
const OPENING = /\\{1,2}(?:boxed|fbox)(?![A-Za-z])\s{0,8}/g;

/** The outermost balanced boxes of `text`, in order; the last BOXES_MAX of them. */
export function boxesOf(text: string): Box[] {
  const boxes: Box[] = [];
  let closings: ReadonlyMap<number, number> | undefined;
  const opening = new RegExp(OPENING);
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const at = opening.lastIndex;
    let box: Box | undefined;
    if (text[at] === '{') {
      closings ??= pairedBraces(text);
      const close = closings.get(at);
      if (close !== undefined)
        box = { start: match.index, end: close + 1, content: text.slice(at + 1, close) };
    } else if (/[A-Za-z0-9]/.test(text[at] ?? '')) {
      box = { start: match.index, end: at + 1, content: text[at]! };
    }
    if (box === undefined) continue;
    boxes.push(box);
    if (boxes.length > BOXES_MAX) boxes.shift();
    opening.lastIndex = box.end;
  }
  return boxes;
}

/** Whether a box with a brace opens anywhere, closed or not. */
export function opensBox(text: string): boolean {
  return /\\(?:boxed|fbox)\s{0,8}\{/.test(text);
}

/**
 * For every closed opening brace, the index of its closing one. Escaped braces and surplus closing ones do not count.
 */
function pairedBraces(text: string): ReadonlyMap<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '{') open.push(i);
    else if (c === '}') {
      const at = open.pop();
      if (at !== undefined) closings.set(at, i);
    }
  }
  return closings;
}

/** Index of the brace that closes the one at `open`, or -1. For short texts: it reads to the end when there is none. */
export function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '{') depth++;
    else if (c === '}' && --depth === 0) return i;
  }
  return -1;
}
