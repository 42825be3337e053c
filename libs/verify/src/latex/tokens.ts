/**
 * The lexer, from the text of an answer to tokens: the only place that looks at characters.
 *
 * One pass, left to right, no backtracking beyond a bounded look-ahead. Spelling variants (Unicode, spacing commands,
 * thousands separators, `\left`, `\dfrac`, `\text`) end here, so the parser sees one spelling. Numbers stay text: the
 * parser computes their value (`numerals.ts` decides what separators mean).
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
  /** Whether white space or a spacing command precedes it. */
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
const ANSWER_LENGTH_MAX = 4096;
/** Most tokens an answer may have. */
const TOKENS_MAX = 1500;

const DOUBLE_SYMBOLS = new Set(['<=', '>=', '!=', '==', '**', '->', '&&', '||', '=<', '=>']);
const DOUBLE_TO_SINGLE: Record<string, string> = {
  '!=': 'ne',
  '<=': 'le',
  '=<': 'le',
  '>=': 'ge',
  '=>': 'ge',
};
const SET_LETTERS = new Set(['R', 'Z', 'N', 'Q', 'C']);
/** `\\[2pt]` and `\\*`: the space after a row break has no meaning. */
const ROW_SPACING = /^\*?(?:\s{0,4}\[\s?-?[\d.]{1,8}\s?[a-z]{2,12}\])?/;
/** A sign of money that needs no command: `₹`, `US$`. A dollar sign by itself delimits a formula. */
const CURRENCY = /^(?:(?:US|AU?|CAN?|Can|C|NZ|HK|SG?|R|MX|NT)(?:\\?\$(?=\s?\d)|\\\$(?=$|\}))|(?!\$)\p{Sc})/u;
/** `p.m.` after a number. */
const CLOCK_HALF = /^([ap])\.\s?m(?![a-z])\.?/i;

const UNIT_VECTOR =
  /^\s?\{?\s?(?:\\(?:mathbf|hat|vec|boldsymbol|bm|bf)\s?)?\{?\s?\\?([ijk])(?:math)?\s?\}{0,2}(?![A-Za-z_{^])/;
const VECTOR_NAME =
  String.raw`\\(?:mathbf|vec|boldsymbol|bm|overrightarrow)` +
  String.raw`\s?\{?\s?\\?[A-Za-z]{1,8}\s?\}?(?:_\{?\w\}?)?`;
const VECTOR_BEFORE = new RegExp(String.raw`${VECTOR_NAME}[\s)]{0,4}$`);
const VECTOR_AFTER = new RegExp(String.raw`^[\s(]{0,4}-?${VECTOR_NAME}`);

/** The tokens of `answer`; undefined when it is longer than the limits. */
export function tokenize(answer: string): Token[] | undefined {
  return answer.length > ANSWER_LENGTH_MAX ? undefined : new Lexer(plainText(answer)).read();
}

/** One pass over a text: the tokens read so far, and whether space precedes the next one. */
class Lexer {
  private readonly tokens: Token[] = [];
  private spaced = false;
  private bracketDepth = 0;

  constructor(private readonly text: string) {}

  /** All tokens; undefined when there are too many. */
  read(): Token[] | undefined {
    let at = 0;
    while (at < this.text.length) {
      if (this.tokens.length > TOKENS_MAX) return undefined;
      at = this.readNext(at);
    }
    return this.tokens;
  }

  /** Reads at `at`, pushes the tokens, returns the index to continue at; so do all functions that it calls. */
  private readNext(at: number): number {
    const { text } = this;
    const c = text[at]!;
    if (c === '$' && this.isMoney(at)) {
      this.push({ kind: 'command', text: '$', spaced: this.spaced });
      return at + 1;
    }
    if (/[ \n\t\r~$]/.test(c)) {
      this.spaced = true;
      return at + 1;
    }
    if (text.startsWith('...', at)) {
      this.push({ kind: 'command', text: 'ldots', spaced: this.spaced });
      return at + 3;
    }
    if (isDigit(c) || (c === '.' && isDigit(text[at + 1]) && !isDigit(text[at - 1]))) {
      // `98,105` is one number, but not behind `91,`: there commas separate.
      const isListed = text[at - 1] === ',' && isDigit(text[at - 2]);
      const { numeral, end } = readNumeral(text, at, this.bracketDepth > 0 || isListed);
      this.push({ kind: 'number', numeral, spaced: this.spaced });
      return end;
    }
    const currency = CURRENCY.exec(text.slice(at, at + 8));
    if (currency !== null && !isLetter(text[at - 1] ?? '')) {
      this.push({ kind: 'command', text: currency[0].replace('\\', ''), spaced: this.spaced });
      return at + currency[0].length;
    }
    if (isLetter(c)) return this.readLetters(at);
    return c === '\\' ? this.readCommand(at) : this.readSymbol(at);
  }

  /** Whether the dollar sign at `at` delimits no formula: it is the only one, beside a number. */
  private isMoney(at: number): boolean {
    if (this.text.indexOf('$') !== at || this.text.includes('$', at + 1)) return false;
    return /^\s?-?\.?\d/.test(this.text.slice(at + 1, at + 5)) || /\d\s?$/.test(this.text.slice(0, at));
  }

  private push(token: Token): void {
    this.tokens.push(token);
    this.spaced = false;
  }

  private readLetters(at: number): number {
    const { text } = this;
    const clock = this.tokens.at(-1)?.kind === 'number' ? CLOCK_HALF.exec(text.slice(at, at + 5)) : null;
    if (clock !== null) {
      this.push({ kind: 'text', text: `${clock[1]!.toLowerCase()}m`, spaced: true });
      return at + clock[0].length;
    }
    let end = at + 1;
    while (end < text.length && (isLetter(text[end]!) || isMark(text[end]!))) end++;
    this.push({ kind: 'letters', text: text.slice(at, end), spaced: this.spaced });
    return end;
  }

  private readSymbol(at: number): number {
    const pair = this.text.slice(at, at + 2);
    // The sign behind a number is a factorial: `5!=120`.
    const isFactorial = pair === '!=' && /[\d)]/.test(this.text[at - 1] ?? '');
    const isPair = DOUBLE_SYMBOLS.has(pair) && !(pair === '||' || pair === '&&' || isFactorial);
    const symbol = isPair ? pair : this.text[at]!;
    if (symbol === '(' || symbol === '[') this.bracketDepth++;
    if (symbol === ')' || symbol === ']') this.bracketDepth--;
    const command = DOUBLE_TO_SINGLE[symbol];
    const { spaced } = this;
    if (command !== undefined) this.push({ kind: 'command', text: command, spaced });
    else this.push({ kind: 'symbol', text: symbol === '**' ? '^' : symbol === '==' ? '=' : symbol, spaced });
    return at + symbol.length;
  }

  /** Reads the command at `start`, pushes its tokens, returns the index to continue at. */
  private readCommand(start: number): number {
    const next = this.text[start + 1];
    if (next === undefined) return start + 1;
    if (!isAsciiLetter(next)) return this.readControlSymbol(start, next);
    let end = start + 2;
    while (end < this.text.length && isAsciiLetter(this.text[end]!)) end++;
    let name = this.text.slice(start + 1, end);
    if (!isKnown(name)) {
      const known = longestKnownPrefix(name);
      if (known !== undefined) {
        end = start + 1 + known.length;
        name = known;
      }
    }
    if (this.text[end] === '*' && name === 'operatorname') end++;
    if (TEXT_COMMANDS.has(name)) return this.readText(end);
    if (name === 'vec' && /^\s?\{\s?[A-Z]\s?[A-Z]/.test(this.text.slice(end, end + 6))) {
      this.push({ kind: 'command', text: 'overrightarrow', spaced: this.spaced });
      return end;
    }
    if (VECTOR_COMMANDS.has(name)) {
      const unit = this.unitVectorAt(end);
      if (unit !== undefined) return unit;
    }
    const unprinted = UNPRINTED_ARGUMENTS.get(name);
    if (unprinted !== undefined) return this.afterArguments(end, unprinted);
    if (name === 'times' && this.isCrossProduct(start, end)) {
      this.push({ kind: 'command', text: 'cross', spaced: this.spaced });
      return end;
    }
    if (name === 'mathbb' || name === 'mathds' || name === 'Bbb') return this.readSetName(end);
    if (name === 'begin' || name === 'end') return this.readEnvironment(name, end);
    if (SILENT_COMMANDS.has(name)) {
      if (name.endsWith('quad')) this.spaced = true;
      // An empty delimiter: \left. and \right.
      if ((name === 'left' || name === 'right') && this.text[end] === '.') return end + 1;
      return end;
    }
    const canonical = COMMAND_ALIASES.get(name) ?? name;
    if (canonical.length <= 2 && canonical < '\x7f' && !isAsciiLetter(canonical[0]!)) {
      const bracket = canonical === '{' || canonical === '}' ? `\\${canonical}` : canonical;
      this.push({ kind: 'symbol', text: bracket, spaced: this.spaced });
    } else this.push({ kind: 'command', text: canonical, spaced: this.spaced });
    return end;
  }

  private readControlSymbol(start: number, next: string): number {
    if (next === '\\') {
      this.push({ kind: 'command', text: '\\', spaced: this.spaced });
      return start + 2 + ROW_SPACING.exec(this.text.slice(start + 2, start + 40))![0].length;
    }
    if (next === '{' || next === '}') {
      this.bracketDepth += next === '{' ? 1 : -1;
      this.push({ kind: 'symbol', text: `\\${next}`, spaced: this.spaced });
    } else if (next === '%' || next === '&') this.push({ kind: 'symbol', text: next, spaced: this.spaced });
    else if (next === '$') this.push({ kind: 'command', text: '$', spaced: this.spaced });
    else if (next === '|') this.push({ kind: 'symbol', text: '||', spaced: this.spaced });
    else if (next === '#') this.push({ kind: 'symbol', text: '#', spaced: this.spaced });
    else if (next === '_') this.spaced = true;
    else if (next !== '!') this.spaced = true; // \, \; \: \  \( \) \[ \]
    return start + 2;
  }

  /** `\mathbf{i}`, `\hat{\jmath}`: a unit vector. Returns the index to continue at; undefined if it is not one. */
  private unitVectorAt(afterName: number): number | undefined {
    const match = UNIT_VECTOR.exec(this.text.slice(afterName, afterName + 40));
    if (match === null) return undefined;
    this.push({ kind: 'command', text: `unit ${match[1]!}`, spaced: this.spaced });
    return afterName + match[0].length;
  }

  /** Whether `\times` at `start` is between two vectors or sets; between anything else it multiplies. */
  private isCrossProduct(start: number, end: number): boolean {
    const [before, after] = [this.text.slice(Math.max(0, start - 60), start), this.text.slice(end, end + 40)];
    return (
      (VECTOR_BEFORE.test(before) && VECTOR_AFTER.test(after)) ||
      (/(?:^|[\s(=,])[A-Z]\s*$/.test(before) && /^\s*[A-Z]\s*(?:$|[),=.\\$])/.test(after))
    );
  }

  /** Skips `count` braced arguments, with an optional `[...]` before them. */
  private afterArguments(afterName: number, count: number): number {
    let end =
      afterName + /^(?:\s?\[[^\]]{0,20}\])?/.exec(this.text.slice(afterName, afterName + 24))![0].length;
    for (let i = 0; i < count; i++) {
      while (this.text[end] === ' ') end++;
      if (this.text[end] !== '{') return end;
      const close = closingBrace(this.text, end);
      if (close < 0) return end;
      end = close + 1;
    }
    return end;
  }

  /** `\text{...}`: numbers and single letters inside are mathematics; functions and conjunctions are themselves. */
  private readText(afterName: number): number {
    let open = afterName;
    while (this.text[open] === ' ') open++;
    if (this.text[open] !== '{') return afterName;
    const close = closingBrace(this.text, open);
    if (close < 0) return open;
    const words = this.text
      .slice(open + 1, close)
      .replaceAll('~', ' ')
      .trim();
    if (words === '') this.spaced = true;
    else if (words === 'e' && /^\s?[-+]/.test(this.text.slice(close + 1, close + 3))) {
      // Upright, it is the constant: `2\mathrm{e}+5` is no power of ten.
      this.push({ kind: 'command', text: 'e', spaced: this.spaced });
    } else if (/^[a-zA-Z]$/.test(words) && !/[eid]/.test(words) && this.followsValue()) {
      this.push({ kind: 'text', text: words, spaced: this.spaced });
    } else if (/^-?[\d.,/]+ ?[A-Za-z%]{1,12}$/.test(words)) {
      for (const token of tokenize(words) ?? []) this.push(token);
    } else if (/^(?:min|max)$/.test(words) && !/^\s?[({\\]/.test(this.text.slice(close + 1, close + 3))) {
      // `\text{min } 4` names the 4.
      this.push({ kind: 'text', text: words, spaced: this.spaced });
    } else if (FUNCTIONS.has(words) || /^[\p{L}]$/u.test(words))
      this.push({ kind: 'letters', text: words, spaced: this.spaced });
    else if (CONJUNCTIONS.has(words.toLowerCase()))
      this.push({ kind: 'letters', text: words.toLowerCase(), spaced: this.spaced });
    else if (/^[-+([]?[\dA-Z.,/$%)\]\s]{1,40}$/.test(words) && /^[^A-Z]*[A-Z]?[^A-Z]*$/.test(words)) {
      for (const token of tokenize(words) ?? []) this.push(token);
    } else if (/^(?:\p{L}+ )+(?:and|or)$/u.test(words)) {
      // `2\text{ hours and }30`: the conjunction joins what is around the text.
      const at = words.lastIndexOf(' ');
      this.push({ kind: 'text', text: words.slice(0, at), spaced: true });
      this.push({ kind: 'letters', text: words.slice(at + 1), spaced: true });
    } else if (words.includes('\\') || words.includes('$')) {
      for (const token of tokenize(words) ?? []) this.push(token);
    } else this.push({ kind: 'text', text: words, spaced: true });
    if (/\s$/.test(this.text.slice(open + 1, close))) this.spaced = true;
    return close + 1;
  }

  /** Whether a letter in text is a unit here: after a number, after a unit, or after a unit and a slash. */
  private followsValue(): boolean {
    const [before, last] = [this.tokens.at(-2), this.tokens.at(-1)];
    if (last?.kind === 'number' || last?.kind === 'text') return true;
    return last?.kind === 'symbol' && last.text === '/' && before?.kind === 'text';
  }

  private readSetName(afterName: number): number {
    const match = /^\s*\{?\s*([A-Z])\s*\}?/.exec(this.text.slice(afterName, afterName + 8));
    if (match === null || !SET_LETTERS.has(match[1]!)) return afterName;
    this.push({ kind: 'command', text: `mathbb ${match[1]!}`, spaced: this.spaced });
    return afterName + match[0].length;
  }

  private readEnvironment(name: string, afterName: number): number {
    const match = /^\s*\{([a-zA-Z]{1,16})\*?\}/.exec(this.text.slice(afterName, afterName + 24));
    if (match === null) return afterName;
    let end = afterName + match[0].length;
    if (match[1] === 'array' && name === 'begin')
      end += /^\s*\{[lcr|\s]{0,40}\}/.exec(this.text.slice(end, end + 48))?.[0].length ?? 0;
    this.push({ kind: 'command', text: `${name} ${match[1]!}`, spaced: this.spaced });
    return end;
  }
}

function isDigit(c: string | undefined): boolean {
  return c !== undefined && c >= '0' && c <= '9';
}

function isAsciiLetter(c: string): boolean {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

function isLetter(c: string): boolean {
  return isAsciiLetter(c) || (c > '\x7f' && /\p{L}/u.test(c));
}

/** A separate vowel sign or accent, as in Devanagari: part of the word. */
function isMark(c: string): boolean {
  return c > '\x7f' && /\p{M}/u.test(c);
}
