/**
 * Commands of LaTeX that lost their backslash: in JSON, Python and YAML "\frac12" is a form feed and `rac12`. The text
 * still looks right in an editor, and no response will ever equal it.
 */

/** Control characters that a backslash and a letter become. */
const LETTER_OF: Readonly<Record<string, string>> = {
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
};

/**
 * No text has the first kind before letters. Tabs and line breaks are ordinary, unless what follows is the rest of a
 * command and no word.
 */
const LOST = new RegExp(
  [
    /[\u0007\b\v\f][a-zA-Z]+/,
    /\t(?:ext|imes|heta|frac|riangle|ilde)(?![a-z])/,
    /\n(?:eq|abla|otin)(?![a-z])/,
    /\r(?:ight|ho|angle|brace|floor|ceil)(?![a-z])/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** What a text lost, with what was probably meant; undefined if there is no sign of it. */
export function lostBackslash(text: string): string | undefined {
  const lost = LOST.exec(text)?.[0];
  if (lost === undefined) return undefined;
  const command = `\\${LETTER_OF[lost[0]!]!}${lost.slice(1)}`;
  return (
    `has the control character ${codePoint(lost)} before "${lost.slice(1)}"; ` +
    `"${command}" was probably meant: write "\\${command}"`
  );
}

/** A control character that no answer has; undefined if there is none. */
export function controlCharacter(text: string): string | undefined {
  const found = CONTROL.exec(text)?.[0];
  return found && `has the control character ${codePoint(found)}; remove it`;
}

function codePoint(text: string): string {
  return `U+${text.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
