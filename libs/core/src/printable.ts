/**
 * Text from elsewhere (names in model folders, problem ids, what models wrote) as a terminal may show it: control
 * characters could move the cursor, set the title or hide a line, so they are written out instead.
 */

/** C0 but tab and newline, DEL, C1, and characters that break lines or turn the direction of a text. */
const CONTROL =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** `text` with every control character as \u{hex}; tabs and newlines stay. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** As `printable`, in one line: newlines and tabs are written out too. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}
