/**
 * Text of an answer to tokens: the only place where characters are looked at.
 *
 * One pass, left to right, no backtracking beyond a bounded look-ahead. Spelling variants (Unicode, spacing commands,
 * thousands separators, `\left`, `\dfrac`, `\text`) end here, so the parser sees one spelling. Numbers stay text: their
 * value is the parser's (`numerals.ts` decides what separators mean).
 *
 * Not here: grammar, and prose around the answer (`extract/`).
 */
import { closingBrace } from '../extract/boxes.js';
import { plainText } from './characters.js';
import { readNumeral, type Numeral } from './numerals.js';
import {
  COMMAND_ALIASES,
  CONJUNCTIONS,
  FUNCTIONS,
  isKnown,
  longestKnownPrefix,
  SILENT_COMMANDS,
  TEXT_COMMANDS,
  UNPRINTED_ARGUMENTS,
  VECTOR_COMMANDS,
} from './vocabulary.js';

export type Token = {
  /** White space or a spacing command stood before it. */
  readonly spaced: boolean;
} & (
  | { readonly kind: 'number'; readonly numeral: Numeral }
  /** A run of letters as written: a symbol, a function's name, a word or several symbols. */
  | { readonly kind: 'letters'; readonly text: string }
  /** A command without its backslash, in canonical spelling. */
  | { readonly kind: 'command'; readonly text: string }
  /** An operator or bracket in ASCII; `{` and `}` are groups, `\{` and `\}` print braces. */
  | { readonly kind: 'symbol'; readonly text: string }
  /** Words: `\text{...}`. */
  | { readonly kind: 'text'; readonly text: string }
);

/** Longest answer that is read, in UTF-16 units. */
export const ANSWER_LENGTH_MAX = 4096;
/** Most tokens an answer may have. */
export const TOKENS_MAX = 1500;

const DOUBLE_SYMBOLS = new Set(['<=', '>=', '!=', '==', '**', '->', '&&', '||', '=<', '=>']);
const DOUBLE_TO_SINGLE: Record<string, string> = {
  '!=': 'ne',
  '<=': 'le',
  '=<': 'le',
  '>=': 'ge',
  '=>': 'ge',
};
const SET_LETTERS = new Set(['R', 'Z', 'N', 'Q', 'C']);
/** `\\[2pt]` and `\\*`: the space that a row break leaves says nothing. */
const ROW_SPACING = /^\*?(?:\s{0,4}\[\s?-?[\d.]{1,8}\s?[a-z]{2,12}\])?/;
/** `p.m.` after a number. */
const CLOCK_HALF = /^([ap])\.\s?m(?![a-z])\.?/i;

/** The tokens of `answer`; undefined when it is longer than the limits. */
export function tokenize(answer: string): Token[] | undefined {
  if (answer.length > ANSWER_LENGTH_MAX) return undefined;
  const text = plainText(answer);
  const tokens: Token[] = [];
  let spaced = false;
  let bracketDepth = 0;
  let at = 0;
  const push = (token: Token): void => {
    tokens.push(token);
    spaced = false;
  };

  while (at < text.length) {
    if (tokens.length > TOKENS_MAX) return undefined;
    const c = text[at]!;
    if (c === ' ' || c === '\n' || c === '\t' || c === '\r' || c === '~') {
      spaced = true;
      at++;
    } else if (text.startsWith('...', at)) {
      push({ kind: 'command', text: 'ldots', spaced });
      at += 3;
    } else if (isDigit(c) || (c === '.' && isDigit(text[at + 1]) && !isDigit(text[at - 1]))) {
      const read = readNumeral(text, at, bracketDepth > 0);
      push({ kind: 'number', numeral: read.numeral, spaced });
      at = read.end;
    } else if (isLetter(c)) {
      const clock = tokens.at(-1)?.kind === 'number' ? CLOCK_HALF.exec(text.slice(at, at + 5)) : null;
      let end = at + (clock?.[0].length ?? 1);
      if (clock !== null) push({ kind: 'text', text: `${clock[1]!.toLowerCase()}m`, spaced: true });
      else {
        while (end < text.length && (isLetter(text[end]!) || isMark(text[end]!))) end++;
        push({ kind: 'letters', text: text.slice(at, end), spaced });
      }
      at = end;
    } else if (c === '\\') {
      at = readCommand(at);
    } else if (c === '$') {
      spaced = true;
      at++;
    } else {
      const pair = text.slice(at, at + 2);
      const isPair = DOUBLE_SYMBOLS.has(pair) && !(pair === '||' || pair === '&&');
      const symbol = isPair ? pair : c;
      at += symbol.length;
      if (symbol === '(' || symbol === '[') bracketDepth++;
      if (symbol === ')' || symbol === ']') bracketDepth--;
      const command = DOUBLE_TO_SINGLE[symbol];
      if (command !== undefined) push({ kind: 'command', text: command, spaced });
      else push({ kind: 'symbol', text: symbol === '**' ? '^' : symbol === '==' ? '=' : symbol, spaced });
    }
  }
  return tokens;

  /** Reads the command at `start`, pushes what it means, returns where to go on. */
  function readCommand(start: number): number {
    const next = text[start + 1];
    if (next === undefined) return start + 1;
    if (!isAsciiLetter(next)) return readControlSymbol(start, next);
    let end = start + 2;
    while (end < text.length && isAsciiLetter(text[end]!)) end++;
    let name = text.slice(start + 1, end);
    if (!isKnown(name)) {
      const known = longestKnownPrefix(name);
      if (known !== undefined) {
        end = start + 1 + known.length;
        name = known;
      }
    }
    if (text[end] === '*' && name === 'operatorname') end++;
    if (TEXT_COMMANDS.has(name)) return readText(end);
    if (VECTOR_COMMANDS.has(name)) {
      const unit = unitVectorAt(end);
      if (unit !== undefined) return unit;
    }
    const unprinted = UNPRINTED_ARGUMENTS.get(name);
    if (unprinted !== undefined) return afterArguments(end, unprinted);
    if (name === 'times' && isCrossProduct(start, end)) {
      push({ kind: 'command', text: 'cross', spaced });
      return end;
    }
    if (name === 'mathbb' || name === 'mathds' || name === 'Bbb') return readSetName(end);
    if (name === 'begin' || name === 'end') return readEnvironment(name, end);
    if (SILENT_COMMANDS.has(name)) {
      if (name.endsWith('quad')) spaced = true;
      // An empty delimiter: \left. and \right.
      if ((name === 'left' || name === 'right') && text[end] === '.') return end + 1;
      return end;
    }
    const canonical = COMMAND_ALIASES.get(name) ?? name;
    if (canonical.length <= 2 && !isAsciiLetter(canonical[0]!)) {
      const bracket = canonical === '{' || canonical === '}' ? `\\${canonical}` : canonical;
      push({ kind: 'symbol', text: bracket, spaced });
    } else push({ kind: 'command', text: canonical, spaced });
    return end;
  }

  function readControlSymbol(start: number, next: string): number {
    if (next === '\\') {
      push({ kind: 'command', text: '\\', spaced });
      return start + 2 + ROW_SPACING.exec(text.slice(start + 2, start + 40))![0].length;
    }
    if (next === '{' || next === '}') push({ kind: 'symbol', text: `\\${next}`, spaced });
    else if (next === '%' || next === '&') push({ kind: 'symbol', text: next, spaced });
    else if (next === '$') push({ kind: 'command', text: '$', spaced });
    else if (next === '|') push({ kind: 'symbol', text: '||', spaced });
    else if (next === '_' || next === '#') spaced = true;
    else if (next !== '!') spaced = true; // \, \; \: \  \( \) \[ \]
    return start + 2;
  }

  /** `\mathbf{i}`, `\hat{\jmath}`: a unit vector. Returns where to go on; undefined when it is none. */
  function unitVectorAt(afterName: number): number | undefined {
    const match = UNIT_VECTOR.exec(text.slice(afterName, afterName + 40));
    if (match === null) return undefined;
    push({ kind: 'command', text: `unit ${match[1]!}`, spaced });
    return afterName + match[0].length;
  }

  /** Whether `\times` at `start` stands between two vectors; between anything else it multiplies. */
  function isCrossProduct(start: number, end: number): boolean {
    return (
      VECTOR_BEFORE.test(text.slice(Math.max(0, start - 60), start)) &&
      VECTOR_AFTER.test(text.slice(end, end + 40))
    );
  }

  /** Skips `count` braced arguments, with an optional `[...]` before them. */
  function afterArguments(afterName: number, count: number): number {
    let end = afterName + /^(?:\s?\[[^\]]{0,20}\])?/.exec(text.slice(afterName, afterName + 24))![0].length;
    for (let i = 0; i < count; i++) {
      while (text[end] === ' ') end++;
      if (text[end] !== '{') return end;
      const close = closingBrace(text, end);
      if (close < 0) return end;
      end = close + 1;
    }
    return end;
  }

  /** `\text{...}`: numbers and single letters inside are mathematics; functions and conjunctions are themselves. */
  function readText(afterName: number): number {
    let open = afterName;
    while (text[open] === ' ') open++;
    if (text[open] !== '{') return afterName;
    const close = closingBrace(text, open);
    if (close < 0) return open;
    const words = text
      .slice(open + 1, close)
      .replaceAll('~', ' ')
      .trim();
    if (words === '') spaced = true;
    else if (/^[a-zA-Z]$/.test(words) && !/[eid]/.test(words) && followsValue()) {
      push({ kind: 'text', text: words, spaced });
    } else if (/^-?[\d.,/]+ ?[A-Za-z%]{1,12}$/.test(words)) {
      for (const token of tokenize(words) ?? []) push(token);
    } else if (FUNCTIONS.has(words) || /^[\p{L}]$/u.test(words))
      push({ kind: 'letters', text: words, spaced });
    else if (CONJUNCTIONS.has(words.toLowerCase()))
      push({ kind: 'letters', text: words.toLowerCase(), spaced });
    else if (/^[-+(\[]?[\dA-Z.,/$%)\]\s]{1,40}$/.test(words) && /^[^A-Z]*[A-Z]?[^A-Z]*$/.test(words)) {
      for (const token of tokenize(words) ?? []) push(token);
    } else if (words.includes('\\') || words.includes('$')) {
      for (const token of tokenize(words) ?? []) push(token);
    } else push({ kind: 'text', text: words, spaced: true });
    return close + 1;
  }

  /** Whether a letter in text is a unit here: after a number, after a unit, or after a unit and a slash. */
  function followsValue(): boolean {
    const [before, last] = [tokens.at(-2), tokens.at(-1)];
    if (last?.kind === 'number' || last?.kind === 'text') return true;
    return last?.kind === 'symbol' && last.text === '/' && before?.kind === 'text';
  }

  function readSetName(afterName: number): number {
    const match = /^\s*\{?\s*([A-Z])\s*\}?/.exec(text.slice(afterName, afterName + 8));
    if (match === null || !SET_LETTERS.has(match[1]!)) return afterName;
    push({ kind: 'command', text: `mathbb ${match[1]!}`, spaced });
    return afterName + match[0].length;
  }

  function readEnvironment(name: string, afterName: number): number {
    const match = /^\s*\{([a-zA-Z]{1,16})\*?\}/.exec(text.slice(afterName, afterName + 24));
    if (match === null) return afterName;
    let end = afterName + match[0].length;
    if (match[1] === 'array' && name === 'begin')
      end += /^\s*\{[lcr|\s]{0,40}\}/.exec(text.slice(end, end + 48))?.[0].length ?? 0;
    push({ kind: 'command', text: `${name} ${match[1]!}`, spaced });
    return end;
  }
}

const UNIT_VECTOR =
  /^\s?\{?\s?(?:\\(?:mathbf|hat|vec|boldsymbol|bm|bf)\s?)?\{?\s?\\?([ijk])(?:math)?\s?\}{0,2}(?![A-Za-z_{^])/;
const VECTOR_NAME =
  String.raw`\\(?:mathbf|vec|boldsymbol|bm|overrightarrow)` +
  String.raw`\s?\{?\s?\\?[A-Za-z]{1,8}\s?\}?(?:_\{?\w\}?)?`;
const VECTOR_BEFORE = new RegExp(String.raw`${VECTOR_NAME}[\s)]{0,4}$`);
const VECTOR_AFTER = new RegExp(String.raw`^[\s(]{0,4}-?${VECTOR_NAME}`);

function isDigit(c: string | undefined): boolean {
  return c !== undefined && c >= '0' && c <= '9';
}

function isAsciiLetter(c: string): boolean {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

function isLetter(c: string): boolean {
  return isAsciiLetter(c) || (c > '\x7f' && /\p{L}/u.test(c));
}

/** A vowel sign or accent of its own, as in Devanagari: part of the word. */
function isMark(c: string): boolean {
  return c > '\x7f' && /\p{M}/u.test(c);
}
