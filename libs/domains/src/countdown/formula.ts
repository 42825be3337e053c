/**
 * Reads formulas of the countdown game: whole numbers with + - * / and parentheses, in plain or LaTeX notation. Gives
 * their exact value and the numbers they use. Nothing else is read: no powers, no digits joined, no unary minus
 * before a number.
 */
import { rational } from '@soar/verify';

type Rational = rational.Rational;

export interface Formula {
  readonly value: Rational;
  /** Every number as often as it occurs in the formula, ascending. */
  readonly numbers: readonly bigint[];
}

/** Longest formula, in UTF-16 units; it also bounds the nesting. */
const LENGTH_MAX = 256;

/**
 * Reads `text`, optionally followed by a correct `= value`; undefined when it is not a formula or divides by zero.
 */
export function readFormula(text: string): Formula | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const [left, right, ...more] = plain(text).split('=') as [string, ...string[]];
  if (more.length > 0) return undefined;
  const formula = evaluate(left);
  if (formula === undefined || right === undefined) return formula;
  const stated = evaluate(right);
  return stated !== undefined && rational.equals(stated.value, formula.value) ? formula : undefined;
}

/** One spelling of the operators; `\frac{a}{b}` becomes a division. */
function plain(text: string): string {
  let result = text
    .replace(/\\(?:times|cdot)(?![A-Za-z])|[×·]/g, '*')
    .replace(/\\div(?![A-Za-z])|÷/g, '/')
    .replace(/[−–]/g, '-')
    .replace(/\\left|\\right|\\[,;! ]|\$/g, '');
  for (let i = 0; i < 16 && result.includes('\\frac'); i++) {
    result = result.replace(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/, '(($1)/($2))');
  }
  return result.replace(/\s+/g, ' ').trim();
}

function evaluate(text: string): Formula | undefined {
  const tokens = text.match(/\d{1,12}|[-+*/()]|\S/g) ?? [];
  const numbers: bigint[] = [];
  let at = 0;
  const value = sum();
  if (value === undefined || at !== tokens.length) return undefined;
  return { value, numbers: numbers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) };

  function sum(): Rational | undefined {
    let left = product();
    while (left !== undefined && (tokens[at] === '+' || tokens[at] === '-')) {
      const minus = tokens[at++] === '-';
      const right = product();
      left = right && rational.add(left, minus ? rational.negate(right) : right);
    }
    return left;
  }

  function product(): Rational | undefined {
    let left = operand();
    while (left !== undefined && (tokens[at] === '*' || tokens[at] === '/')) {
      const over = tokens[at++] === '/';
      const right = operand();
      left = right && (over ? rational.divide(left, right) : rational.multiply(left, right));
    }
    return left;
  }

  function operand(): Rational | undefined {
    const token = tokens[at++];
    if (token === '(') {
      const inner = sum();
      return tokens[at++] === ')' ? inner : undefined;
    }
    if (token === undefined || !/^\d+$/.test(token)) return undefined;
    const number = BigInt(token);
    numbers.push(number);
    return { n: number, d: 1n };
  }
}
