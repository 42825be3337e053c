/**
 * Equality of two answers of any shape: determines the shape of each and calls the comparison for it. The order
 * matters: stricter shapes come first, so that an interval is never taken for a tuple or an equation for its right
 * side.
 */
import type { Budget } from '../budget.js';
import { exactValue } from '../exact/evaluate.js';
import type { Expression, Relation } from '../expression.js';
import { normalWords } from '../latex/prose.js';
import { contains, isImaginaryUnit, mapParts } from '../walk.js';
import type { Policies } from '../options.js';
import { compareTimes, isTimeOfDay } from './clocks.js';
import { reordered } from './constants.js';
import { withoutRanges, withSameRanges } from './conditions.js';
import { different, equal, every, isEqual, some, type Context, type Decision } from './decision.js';
import { compareEquations, compareInequalities, compareCongruences } from './equations.js';
import { compareLists, compareVectors } from './lists.js';
import { compareFormulas, isFormula } from './logic.js';
import { nameKey } from './names.js';
import { comparePiecewise } from './piecewise.js';
import { compareQuantities, isQuantity, withoutUnit } from './quantities.js';
import { assignmentOf, isScalar, readingOf, type Assignment } from './readings.js';
import { compareScalars } from './scalars.js';
import { compareSets, isSetLike, truthOf } from './sets.js';

/** Whether `answer` is the same answer as `gold`. */
export function compareAnswers(
  gold: Expression,
  answer: Expression,
  policies: Policies,
  budget: Budget,
): Decision {
  const context: Context = {
    policies,
    budget,
    compareParts: (left, right) => compareReadings(left, right, context),
  };
  // A statement is judged true or false first, before a chain is reduced to the value that it ends in.
  const isTruth = (side: Expression): boolean => side.kind === 'text' && TRUTHS.test(side.words);
  if (isTruth(gold) || isTruth(answer)) {
    const decision = compareTexts(gold, answer, context);
    if (isEqual(decision)) return decision;
  }
  const decimal = compareDecimalCommas(gold, answer, context);
  if (decimal !== undefined && isEqual(decimal)) return decimal;
  const [left, right] = [withUnitOf(gold, answer), withUnitOf(answer, gold)];
  const sides = withSameRanges(withoutRanges(left), withoutRanges(right), (left, right) =>
    isEqual(compareReadings(left, right, context)),
  );
  if (sides === undefined) return different('range');
  const reading = readingOf(sides[0], 'gold', context);
  const [first, ...others] = [sides[1], ...reordered(sides[0], sides[1])].map(
    (side) => (): Decision => compareReadings(reading, readingOf(side, 'answer', context), context),
  );
  return others.length === 0 ? first!() : some([first!, ...others]);
}

/** `a + Ib` with the imaginary unit in capitals, where the other side has it and this one does not. */
function withUnitOf(side: Expression, other: Expression): Expression {
  const hasUnit = (expression: Expression): boolean => contains(expression, isImaginaryUnit);
  const hasCapital = contains(side, isCapital);
  const isExponent = contains(
    side,
    (part) =>
      part.kind === 'power' &&
      part.base.kind === 'constant' &&
      part.base.name === 'e' &&
      contains(part.exponent, (inner) => inner.kind === 'symbol' && inner.name === 'I'),
  );
  const isMeant = hasUnit(other) || (isExponent && !contains(other, isCapital));
  return hasCapital && !hasUnit(side) && isMeant ? withConstant(side) : side;
}

const isCapital = (part: Expression): boolean => part.kind === 'symbol' && part.name === 'I';

function withConstant(expression: Expression): Expression {
  if (expression.kind === 'symbol' && expression.name === 'I') return { kind: 'constant', name: 'i' };
  return mapParts(expression, withConstant);
}

/** Compares the readings of both sides. */
function compareReadings(gold: Expression, answer: Expression, context: Context): Decision {
  context.budget.spend(10);
  if (gold.kind === 'text' || answer.kind === 'text') return compareTexts(gold, answer, context);
  const assigned = compareAssignments(gold, answer, context);
  if (assigned !== undefined) return assigned;
  if (gold.kind === 'piecewise' || answer.kind === 'piecewise')
    return comparePiecewise(gold, answer, context);
  if (gold.kind === 'matrix' || answer.kind === 'matrix') return compareVectors(gold, answer, context);
  if (gold.kind === 'relation' || answer.kind === 'relation') return compareRelations(gold, answer, context);
  if (isFormula(gold) || isFormula(answer)) return compareFormulas(gold, answer, context);
  if (isSetLike(gold) || isSetLike(answer)) return compareSets(gold, answer, context);
  if (gold.kind === 'list' || answer.kind === 'list') return compareLists(gold, answer, context);
  if (isTimeOfDay(gold) || isTimeOfDay(answer)) return compareTimes(gold, answer, context);
  if (isQuantity(gold) || isQuantity(answer)) return compareQuantities(gold, answer, context);
  if (gold.kind === 'ratio' && answer.kind === 'ratio')
    return compareRatios(gold.parts, answer.parts, context);
  if (isScalar(gold) && isScalar(answer)) return compareScalars(gold, answer, context);
  return different('shape');
}

const TRUTHS = /^(?:true|false)$/i;

function compareDecimalCommas(gold: Expression, answer: Expression, context: Context): Decision | undefined {
  const left = (gold.kind === 'list' ? gold.decimalComma : undefined) ?? gold;
  const right = (answer.kind === 'list' ? answer.decimalComma : undefined) ?? answer;
  if ((left === gold && right === answer) || !isScalar(left) || !isScalar(right)) return undefined;
  return compareScalars(left, right, context);
}

function compareTexts(gold: Expression, answer: Expression, context: Context): Decision {
  const left = gold.kind === 'text' ? plainWords(gold.words) : undefined;
  const right = answer.kind === 'text' ? plainWords(answer.words) : undefined;
  if (left !== undefined && right !== undefined) {
    const sets = [setInWords(left), setInWords(right)] as const;
    const same =
      left === right ||
      withoutSubject(left) === right ||
      left === withoutSubject(right) ||
      (sets[0] !== undefined && sets[0] === sets[1]);
    return same ? equal('words') : different('words');
  }
  const words = left ?? right ?? '';
  const other = left === undefined ? gold : answer;
  if (words === 'true' || words === 'false') {
    const truth = truthOf(other, context);
    if (truth !== undefined) return truth === (words === 'true') ? equal('truth') : different('truth');
  }
  const isEmptyList = other.kind === 'list' && other.items.length === 0;
  if (other.kind === 'namedSet' || isInterval(other) || isEmptyList) {
    const named = setInWords(words);
    if (named !== undefined) return compareSets({ kind: 'namedSet', name: named }, other, context);
  }
  if (INFINITY_IN_WORDS.test(words) && other.kind === 'constant' && other.name === 'infinity')
    return equal('words');
  const letters = other.kind === 'multiply' || other.kind === 'symbol' ? lettersOf(other) : undefined;
  return letters === words ? equal('words') : different('shape');
}

/** Words in one spelling: `I and III` is `I, III`, and `5 March` is `on March 5`. */
function plainWords(text: string): string {
  return normalWords(text).replace(/ and /g, ' ').replace(/^on /, '').replace(DATE, '$2 $1');
}

const DATE = new RegExp(
  String.raw`\b(\d{1,2})(?:st|nd|rd|th)? (?:of )?(january|february|march|april|may|june|july|` +
    String.raw`august|september|october|november|december)\b`,
  '',
);

/** `the series converges`, `it is even`: what is said without what it is said of. */
function withoutSubject(words: string): string {
  return words.replace(/^(?:it|they|the (?!\w+ly )\w+|this(?: \w+)?) (?:is |are )?(?!not |no )/, '');
}

const INFINITY_IN_WORDS = /^(?:(?:positive|plus) )?infinity$/;

const SETS_IN_WORDS: ReadonlyMap<string, 'R' | 'empty' | 'Z' | 'N'> = new Map([
  ['all real numbers', 'R'],
  ['all reals', 'R'],
  ['all real', 'R'],
  ['real numbers', 'R'],
  ['all integers', 'Z'],
  ['integers', 'Z'],
  ['all positive integers', 'N'],
  ['positive integers', 'N'],
  ['empty set', 'empty'],
  ['the empty set', 'empty'],
]);

/** `No real solutions`, `there is no solution`, `none`: the absence of solutions, in words. */
const NO_SOLUTION = new RegExp(
  String.raw`^(?:there (?:is|are|exists?) )?(?:no (?:such )?(?:(?:real|integer|valid|possible` +
    String.raw`|complex) )?(?:solutions?|roots?|values?(?: of \w)?|integers?|answers?)(?: exists?)?|none` +
    String.raw`|not? solvable|無解|无解)$`,
);

function setInWords(words: string): 'R' | 'empty' | 'Z' | 'N' | undefined {
  return NO_SOLUTION.test(words) ? 'empty' : SETS_IN_WORDS.get(words.replace(/ (?:x|n)$/, ''));
}

function isInterval(expression: Expression): boolean {
  return (
    isSetLike(expression) ||
    (expression.kind === 'list' && expression.open === '(' && expression.items.length === 2)
  );
}

/** A product of single letters as the word they spell. */
function lettersOf(expression: Expression): string | undefined {
  const factors = expression.kind === 'multiply' ? expression.factors : [expression];
  if (!factors.every((factor) => factor.kind === 'symbol')) return undefined;
  return factors
    .map((factor) => nameKey(factor))
    .join('')
    .toLowerCase();
}

/* name = value */

function compareAssignments(gold: Expression, answer: Expression, context: Context): Decision | undefined {
  const left = assignmentOf(gold);
  const right = assignmentOf(answer);
  if (left !== undefined && right !== undefined)
    return compareTwoAssignments(left, right, gold, answer, context);
  const { bareValue } = context.policies;
  if (left !== undefined && answer.kind !== 'relation' && bareValue)
    return compareReadings(left.value, answer, context);
  if (right !== undefined && gold.kind !== 'relation' && bareValue)
    return compareReadings(gold, right.value, context);
  return undefined;
}

function compareTwoAssignments(
  left: Assignment,
  right: Assignment,
  gold: Expression,
  answer: Expression,
  context: Context,
): Decision {
  const sameName =
    left.key === right.key ||
    !context.policies.strict ||
    // y = 2x and f(x) = 2x state the same function.
    (isFunction(left.name) && isVariable(right.name)) ||
    (isFunction(right.name) && isVariable(left.name));
  const values = (): Decision => compareReadings(left.value, right.value, context);
  const equations = (): Decision => compareEquations(gold, answer, context);
  const scalars = isScalar(left.value) && isScalar(right.value);
  if (!sameName) return scalars ? equations() : different('names');
  return left.key === right.key || !scalars ? values() : some([values, equations]);
}

/** `f(x)`, but no derivative: `f'(x) = 2x` does not state `y = 2x`. */
function isFunction(name: Expression): boolean {
  return name.kind === 'apply' && !/'|^derivative/.test(name.name);
}

function isVariable(name: Expression): boolean {
  return name.kind === 'symbol' && !/'|^derivative/.test(name.name);
}

/* Relations that are not assignments */

function compareRelations(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind === 'relation' && answer.kind === 'relation') {
    const operators = new Set([...gold.operators, ...answer.operators]);
    if (
      operators.size === 1 &&
      operators.has('=') &&
      gold.operators.length === 1 &&
      answer.operators.length === 1
    ) {
      return compareEquations(gold, answer, context);
    }
    if (operators.has('≡')) return compareCongruences(gold, answer, context);
    if ([...operators].every((operator) => '⊂⊃⊄⊅'.includes(operator)))
      return compareInclusions(gold, answer, context);
    return some([() => compareInequalities(gold, answer, context), () => compareSets(gold, answer, context)]);
  }
  const relation = gold.kind === 'relation' ? gold : answer;
  const other = gold.kind === 'relation' ? answer : gold;
  if (relation.kind === 'relation' && relation.operators.includes('=')) return different('equation');
  return isScalar(other) ? different('shape') : compareSets(gold, answer, context);
}

/** A within B against B around A: the same two sides. */
function compareInclusions(gold: Relation, answer: Relation, context: Context): Decision {
  const isTurned = ({ operators }: Relation): boolean => operators[0] === '⊃' || operators[0] === '⊅';
  const sides = (relation: Relation): (Expression | undefined)[] =>
    isTurned(relation) ? [...relation.sides].reverse() : [...relation.sides];
  const isDenied = ({ operators }: Relation): boolean => operators[0] === '⊄' || operators[0] === '⊅';
  if (gold.sides.length !== 2 || answer.sides.length !== 2 || isDenied(gold) !== isDenied(answer))
    return different('inclusion');
  const [g, a] = [sides(gold), sides(answer)];
  return every(2, (i) => compareReadings(g[i]!, a[i]!, context), 'inclusion');
}

/* Ratios */

/** 1:2:3 equals 2:4:6: every part is the same multiple. Texts in it (dots) must agree. */
function compareRatios(
  gold: readonly Expression[],
  answer: readonly Expression[],
  context: Context,
): Decision {
  if (gold.length !== answer.length) return different('ratio');
  const [g, a] = [gold.map(withoutUnit), answer.map(withoutUnit)];
  // `boys: 6` is a label with its value, no ratio.
  if (![...g, ...a].every(isScalar))
    return every(g.length, (i) => compareReadings(g[i]!, a[i]!, context), 'ratio');
  const isZero = (part: Expression): boolean => isScalar(part) && exactValue(part, context.budget)?.n === 0n;
  // Factors of the cross products must not be 0: 12:0 is not 1:0, and 0:0 is no ratio.
  const pivot = g.findIndex(
    (part, i) => isScalar(part) && !isZero(part) && isScalar(a[i]!) && !isZero(a[i]!),
  );
  const cross = (x: Expression, y: Expression): Expression => ({ kind: 'multiply', factors: [x, y] });
  return every(
    g.length,
    (i) => {
      if (pivot < 0) return different('ratio');
      return compareScalars(cross(g[i]!, a[pivot]!), cross(a[i]!, g[pivot]!), context);
    },
    'ratio',
  );
}
