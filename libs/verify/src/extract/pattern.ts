/** Patterns of many alternatives, written one group a line. */

/** The lines of `text` as alternatives: white space around them does not count, empty lines neither. */
export function anyOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return `(?:${lines.filter((line) => line !== '').join('|')})`;
}
