/** Text within the width of a terminal, by words: nothing is cut in the middle of one. */

/** Lines that follow the first one of a text. */
const INDENT = '  ';
/** Narrower than this, a terminal breaks lines itself. */
const WIDTH_MIN = 20;

/**
 * Each line broken between words; what is longer than a line by itself (a path, an address) stays whole, and so do rows
 * of tables, whose columns are three spaces apart.
 */
export function wrapped(text: string, width: number | undefined): string {
  if (width === undefined || width < WIDTH_MIN) return text;
  return text
    .split('\n')
    .map((line) => (line.length <= width || /\S {3,}\S/.test(line) ? line : wrappedLine(line, width)))
    .join('\n');
}

function wrappedLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  // A word with the spaces before it; a percent sign stays with its number.
  for (const piece of line.match(/\s*\S+(?: %(?![^\s,.;]))?/g) ?? []) {
    if (current !== '' && current.length + piece.length > width) {
      lines.push(current);
      current = INDENT + piece.trimStart();
    } else current += piece;
  }
  return [...lines, current].join('\n');
}

/** The first of these texts that fits; else as many words of the last one as do. */
export function firstThatFits(texts: readonly string[], width: number): string {
  const fitting = texts.find((text) => text.length <= width);
  if (fitting !== undefined) return fitting;
  const words = (texts.at(-1) ?? '').match(/\s*\S+/g) ?? [];
  let kept = '';
  for (const word of words) {
    if (kept.length + word.length > width) break;
    kept += word;
  }
  return kept;
}
