/**
 * The meaning of runs of letters: `sinx` is a function of x, `cm` after a number a unit, `ABC` three symbols,
 * `circle` a word.
 *
 * In LaTeX every letter is a symbol, but models write answers in plain text as often.
 */
import { besideNumber, compoundUnits } from './beside-numbers.js';
import { differentialName } from './differentials.js';
import type { Lexeme } from './lexemes.js';
import type { Token } from './tokens.js';
import { COMMAND_ALIASES, CONJUNCTIONS, FUNCTIONS, GREEK } from './vocabulary.js';

const PERCENT_WORDS = new Set(['percent', 'pct', 'percentage', 'percents', 'prozent', 'pourcent']);
const DEGREE_WORDS = new Set(['degrees', 'degree', 'deg']);
const OR_WORDS = new Set(['or', 'oder', 'ou', 'или', '或', 'または', 'bzw']);
/** Small words of English: never a product of letters. */
const SMALL_WORDS = new Set(
  (
    'to by in of out off at on up as is it be if so do go no my me we he us an am per via vs the for from with than ' +
    'its was are but not all any one two six ten has had who why how you she her his our now ago yet nor odd'
  ).split(' '),
);
/** Functions that a plain run of letters may start with, longest first. */
const PREFIXES = 'arcsin arccos arctan sqrt sinh cosh tanh sin cos tan cot sec csc log exp ln'.split(' ');
/** From this length on, a run of letters is a word. */
const WORD_LENGTH_MIN = 4;

/** Resolves every run of letters. */
export function resolveLetters(tokens: readonly Token[]): Lexeme[] {
  const lexemes: Lexeme[] = [];
  const compound = compoundUnits(tokens);
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const found = compound.get(at) ?? besideNumber(tokens, at);
    if (found !== undefined) {
      lexemes.push(found.lexeme);
      at += found.tokens - 1;
    } else if (
      token.kind === 'letters' &&
      /^(?:min|max)$/.test(token.text) &&
      !opensArguments(tokens[at + 1])
    )
      lexemes.push({ kind: 'text', text: token.text, spaced: token.spaced });
    else if (token.kind === 'letters') resolve(token.text, token.spaced, lexemes);
    else if (token.kind === 'command') lexemes.push(resolveCommand(token.text, token.spaced));
    else lexemes.push(token);
  }
  return lexemes;
}

/** Without brackets behind it, `min` is a word: `min 4, max 10`. */
function opensArguments(token: Token | undefined): boolean {
  return token?.kind === 'symbol' && /^(?:[({[_]|\\\{)$/.test(token.text);
}

function resolveCommand(text: string, spaced: boolean): Lexeme {
  const name = FUNCTIONS.get(text);
  if (name !== undefined && text !== 'sqrt' && text !== 'binom')
    return { kind: 'function', text: name, spaced };
  if (text === 'and' || text === 'or') return { kind: 'conjunction', text, spaced };
  if (text === 'ln') return { kind: 'function', text: 'ln', spaced };
  return { kind: 'command', text, spaced };
}

function resolve(run: string, spaced: boolean, out: Lexeme[]): void {
  const lower = run.toLowerCase();
  if (run.length === 1) {
    if (CONJUNCTIONS.has(run) && run > '\x7f') out.push(conjunction(lower, spaced));
    else if (run > '\u0400') out.push({ kind: 'text', text: run, spaced });
    else out.push({ kind: 'letter', text: run, spaced });
  } else if (CONJUNCTIONS.has(lower)) out.push(conjunction(lower, spaced));
  else if (PERCENT_WORDS.has(lower)) out.push({ kind: 'symbol', text: '%', spaced });
  else if (DEGREE_WORDS.has(lower)) out.push({ kind: 'command', text: 'degree', spaced });
  else if (SMALL_WORDS.has(run) && (spaced || out.length === 0 || run === 'if'))
    out.push({ kind: 'text', text: run, spaced });
  else if (FUNCTIONS.has(run)) out.push(resolveFunction(run, spaced));
  else if (GREEK.has(run) || run === 'pi') out.push({ kind: 'command', text: run, spaced });
  else if (lower === 'infinity' || lower === 'infty' || run === 'oo' || run === 'inf') {
    out.push({ kind: 'command', text: 'infty', spaced });
  } else resolveUnknown(run, spaced, out);
}

function resolveUnknown(run: string, spaced: boolean, out: Lexeme[]): void {
  const prefix = PREFIXES.find((name) => run.startsWith(name) && run.length <= name.length + 2);
  if (prefix !== undefined) {
    out.push(resolveFunction(prefix, spaced));
    resolve(run.slice(prefix.length), false, out);
  } else if (run.startsWith('pi') && run.length === 3) {
    out.push({ kind: 'command', text: 'pi', spaced });
    out.push({ kind: 'letter', text: run[2]!, spaced: false });
  } else if (run.length === 2 && run[0] === 'd' && differentialName(run[1]!) !== undefined) {
    out.push({ kind: 'letter', text: run, spaced });
  } else if (run.length >= WORD_LENGTH_MIN || run > '\u0400') {
    out.push({ kind: 'text', text: run, spaced });
  } else {
    for (let i = 0; i < run.length; i++) {
      out.push({ kind: 'letter', text: run[i]!, spaced: i === 0 && spaced });
    }
  }
}

function resolveFunction(run: string, spaced: boolean): Lexeme {
  if (run === 'sqrt' || run === 'binom') return { kind: 'command', text: run, spaced };
  return { kind: 'function', text: FUNCTIONS.get(run) ?? COMMAND_ALIASES.get(run) ?? run, spaced };
}

function conjunction(word: string, spaced: boolean): Lexeme {
  return { kind: 'conjunction', text: OR_WORDS.has(word) ? 'or' : 'and', spaced };
}
