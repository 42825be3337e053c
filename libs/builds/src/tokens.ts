/**
 * A compiled file as its tokens: what it means, without comments, white space, quotes and the commas that formatting
 * adds. JavaScript cannot be cut into tokens by simple patterns (is `/` a division or an expression?), so a parser's
 * tokenizer does it. It takes 0.2 s for all files of a service, hence known-files.ts.
 */
import { createHash } from 'node:crypto';
import { type Token, tokenizer, tokTypes } from 'acorn';

/** What of a file matters. */
export interface ReadFile {
  /** SHA-256 of its tokens. */
  readonly tokens: string;
  /** What it imports or starts: files of its package, by relative path, and packages. */
  readonly uses: readonly string[];
}

/** Throws SyntaxError for what is no module. */
export function readTokens(source: string): ReadFile {
  const tokens = [...tokenizer(source, { ecmaVersion: 'latest', sourceType: 'module' })];
  const hash = createHash('sha256');
  const uses = new Set<string>();
  for (const [i, token] of tokens.entries()) {
    if (isTrailingComma(tokens, i)) continue;
    const { type, start, end } = token;
    const isText = type === tokTypes.string;
    hash.update(isText ? JSON.stringify(valueOf(token)) : source.slice(start, end)).update('\n');
    if (isText && isUse(valueOf(token), tokens[i - 1], tokens[i - 2])) uses.add(valueOf(token));
  }
  return { tokens: hash.digest('hex'), uses: [...uses].sort() };
}

/** `[a, ]` but not `[, ]`, which has one element more than `[]`. */
function isTrailingComma(tokens: readonly Token[], i: number): boolean {
  const { comma, bracketL, bracketR, braceR, parenR } = tokTypes;
  const before = tokens[i - 1]?.type;
  const after = tokens[i + 1]?.type;
  if (tokens[i]!.type !== comma || before === comma || before === bracketL) return false;
  return after === bracketR || after === braceR || after === parenR;
}

/** Whether a text names a module: it stands where an import has its source, or is a path, as of a worker's file. */
function isUse(text: string, before: Token | undefined, beforeThat: Token | undefined): boolean {
  if (/^\.\.?\//.test(text)) return /\.(js|wasm)$/.test(text);
  const imports = (token: Token | undefined): boolean => token?.type === tokTypes._import;
  const isFrom = before?.type === tokTypes.name && valueOf(before) === 'from';
  return isFrom || imports(before) || (before?.type === tokTypes.parenL && imports(beforeThat));
}

/** acorn's declarations leave it out. */
function valueOf(token: Token): string {
  return String((token as Token & { readonly value: unknown }).value);
}
