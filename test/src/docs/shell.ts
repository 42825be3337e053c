/**
 * The commands of a shell script as lists of words: enough of the shell for what documents show (quotes, comments,
 * continued lines, pipes, lists, loops, redirections). Nothing is executed. Not read: here-documents, functions, cases.
 */

/** Shell keywords that can precede a command. */
const KEYWORDS = new Set(['do', 'then', 'else', 'if', 'while', 'until', '!', '{', '(']);
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
/** A comment, what ends a command, a redirection, or a word with its quoted parts. */
const TOKEN = new RegExp(
  [
    /(#[^\n]*)/,
    /(\n|&&|\|\||[;|&()])/,
    /(\d?(?:>&\d|>>?|<))/,
    /((?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\$\([^)]*\)|[^\s;|&()<>'"\\])+)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'y',
);

/** Every command with its words, unquoted; assignments before it and redirections are left out. */
export function commandsIn(script: string): string[][] {
  const text = `${script.replace(/\\\n/g, ' ').trim()}\n`;
  const commands: string[][] = [];
  let words: string[] = [];
  let isTarget = false; // the next word is where a redirection goes
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    // The end of a line is a token, so only blanks are skipped.
    TOKEN.lastIndex = at + /^[ \t]*/.exec(text.slice(at))![0].length;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`not understood as shell: ${text.slice(at, at + 40)}`);
    const [, comment, operator, redirection, word] = match;
    if (comment !== undefined) continue;
    if (operator !== undefined) {
      if (words.length > 0) commands.push(words);
      words = [];
    } else if (redirection !== undefined) isTarget = !redirection.includes('&');
    else if (isTarget) isTarget = false;
    else words.push(unquoted(word!));
  }
  return commands.map(withoutPrefix).filter((command) => command.length > 0);
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])/g, (_, single, double, escaped) =>
    String(single ?? (double as string | undefined)?.replace(/\\(["\\$`])/g, '$1') ?? escaped),
  );
}

function withoutPrefix(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !KEYWORDS.has(word) && !ASSIGNMENT.test(word));
  return first < 0 ? [] : words.slice(first);
}
