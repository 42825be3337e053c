/**
 * The tree an answer is parsed into. Plain data, no behaviour: exact arithmetic, evaluation and comparison are
 * functions over it in their own folders.
 *
 * Scalars are numbers and what is computed from them. Collections, relations and texts stand above scalars, but one
 * union holds them all since an answer nests them freely ({(1, 2], x = 3}).
 */
import type { Rational } from './exact/rational.js';

export type Expression =
  | NumberLiteral
  | { readonly kind: 'constant'; readonly name: 'pi' | 'e' | 'i' | 'infinity' }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'add'; readonly terms: readonly Expression[] }
  | { readonly kind: 'multiply'; readonly factors: readonly Expression[] }
  | { readonly kind: 'divide'; readonly over: Expression; readonly under: Expression }
  | { readonly kind: 'power'; readonly base: Expression; readonly exponent: Expression }
  | { readonly kind: 'negate'; readonly of: Expression }
  /** A function of `vocabulary.FUNCTIONS`; `log` has the base as an optional second argument. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** A function without a known definition: f(x), a_n, an integral. Equal arguments give equal values. */
  | { readonly kind: 'apply'; readonly name: string; readonly args: readonly Expression[] }
  /** A sum or product over a bound variable. */
  | {
      readonly kind: 'series';
      readonly name: 'sum' | 'product';
      readonly variable: string;
      readonly from: Expression;
      readonly to: Expression;
      readonly body: Expression;
    }
  | { readonly kind: 'percent'; readonly of: Expression }
  | { readonly kind: 'degrees'; readonly of: Expression }
  /** Two values; all signs of one answer flip together. `sign` is that of the upper reading. */
  | { readonly kind: 'plusMinus'; readonly sign: 1 | -1; readonly of: Expression }
  /** A value with words or a unit after it. */
  | { readonly kind: 'quantity'; readonly of: Expression; readonly unit: string }
  | { readonly kind: 'matrix'; readonly rows: readonly (readonly Expression[])[] }
  | { readonly kind: 'ratio'; readonly parts: readonly Expression[] }
  /** A time of day, `12:05`: distinguished from a ratio by a leading zero or by a.m. and p.m. */
  | { readonly kind: 'clock'; readonly parts: readonly Expression[] }
  | List
  | {
      readonly kind: 'setOperation';
      readonly name: 'union' | 'intersection' | 'difference';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'namedSet'; readonly name: 'R' | 'Z' | 'N' | 'Q' | 'C' | 'empty' }
  /** { variable : conditions }. */
  | { readonly kind: 'builder'; readonly variable: Expression; readonly conditions: readonly Expression[] }
  | Relation
  | Piecewise
  | { readonly kind: 'text'; readonly words: string };

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: Rational;
  /** Written with a decimal point or in scientific notation: the only kind of number that tolerance applies to. */
  readonly decimal?: { readonly significantDigits: number; readonly unitInLastPlace: number };
}

/** Items with their brackets: '' (none), '(', '[', '{'; a half-open interval has two different ones. */
export interface List {
  readonly kind: 'list';
  readonly open: '' | '(' | '[' | '{';
  readonly close: '' | ')' | ']' | '}';
  readonly items: readonly Expression[];
  /** How the items of a list without brackets were joined, where words joined them. */
  readonly joined?: 'and' | 'or';
  /** The value where two bare whole numbers with a comma may also be one number with a decimal comma. */
  readonly decimalComma?: NumberLiteral;
}

export type RelationOperator =
  | '='
  | '≠'
  | '<'
  | '≤'
  | '>'
  | '≥'
  | '≈'
  | '∈'
  | '∉'
  | '⊂'
  | '⊃'
  | '⊄'
  | '⊅'
  | '≡';

/** A chain: sides[0] operators[0] sides[1] operators[1] ... */
export interface Relation {
  readonly kind: 'relation';
  readonly sides: readonly Expression[];
  readonly operators: readonly RelationOperator[];
  /** The left side is a name in words before a value: `\text{Kim: }17`. */
  readonly labelled?: true;
}

/** A function given by cases: the first row whose condition holds has the value. */
export interface Piecewise {
  readonly kind: 'piecewise';
  readonly rows: readonly PiecewiseRow[];
}

export interface PiecewiseRow {
  readonly value: Expression;
  /** Undefined for "otherwise". */
  readonly condition: Expression | undefined;
}
