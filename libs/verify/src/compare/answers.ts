/**
 * Equality of two answers of any shape: finds out what each is and hands it to the file that knows. The order matters:
 * what is stricter comes first, so that an interval is never taken for a tuple or an equation for its right side.
 */
import type { Expression, Relation } from '../expression.js';
import { normalWords } from '../latex/prose.js';
import { different, equal, every, isEqual, some, type Context, type Decision } from './decision.js';
import { compareEquations, compareInequalities, compareCongruences } from './equations.js';
import { compareLists, compareVectors } from './lists.js';
import { nameKey } from './names.js';
import { compareQuantities, isQuantity, withoutUnit } from './quantities.js';
import { assignmentOf, isScalar, readingOf, type Assignment } from './readings.js';
import { compareScalars } from './scalars.js';
import { compareSets, isSetLike, truthOf } from './sets.js';

/** Whether `answer` is the same answer as `gold`. */
export function compareAnswers(gold: Expression, answer: Expression, context: Context): Decision {
  const decimal = compareDecimalCommas(gold, answer, context);
  if (decimal !== undefined && isEqual(decimal)) return decimal;
  return compareReadings(readingOf(gold, context), readingOf(answer, context), context);
}

/** Compares what both sides amount to; also called for items of lists. */
export function compareReadings(gold: Expression, answer: Expression, context: Context): Decision {
  context.budget.spend(10);
  if (gold.kind === 'text' || answer.kind === 'text') return compareTexts(gold, answer, context);
  const assigned = compareAssignments(gold, answer, context);
  if (assigned !== undefined) return assigned;
  if (gold.kind === 'matrix' || answer.kind === 'matrix') return compareVectors(gold, answer, context);
  if (gold.kind === 'relation' || answer.kind === 'relation') return compareRelations(gold, answer, context);
  if (isSetLike(gold) || isSetLike(answer)) return compareSets(gold, answer, context);
  if (gold.kind === 'list' || answer.kind === 'list') return compareLists(gold, answer, context);
  if (isQuantity(gold) || isQuantity(answer)) return compareQuantities(gold, answer, context);
  if (gold.kind === 'ratio' && answer.kind === 'ratio')
    return compareRatios(gold.parts, answer.parts, context);
  if (isScalar(gold) && isScalar(answer)) return compareScalars(gold, answer, context);
  return different('shape');
}

function compareDecimalCommas(gold: Expression, answer: Expression, context: Context): Decision | undefined {
  const left = (gold.kind === 'list' ? gold.decimalComma : undefined) ?? gold;
  const right = (answer.kind === 'list' ? answer.decimalComma : undefined) ?? answer;
  if ((left === gold && right === answer) || !isScalar(left) || !isScalar(right)) return undefined;
  return compareScalars(left, right, context);
}

function compareTexts(gold: Expression, answer: Expression, context: Context): Decision {
  const left = gold.kind === 'text' ? normalWords(gold.words) : undefined;
  const right = answer.kind === 'text' ? normalWords(answer.words) : undefined;
  if (left !== undefined && right !== undefined) return left === right ? equal('words') : different('words');
  const words = left ?? right ?? '';
  const other = left === undefined ? gold : answer;
  if (words === 'true' || words === 'false') {
    const truth = truthOf(other, context);
    if (truth !== undefined) return truth === (words === 'true') ? equal('truth') : different('truth');
  }
  if (other.kind === 'namedSet' || isInterval(other)) {
    const named = SETS_IN_WORDS.get(words);
    if (named !== undefined) return compareSets({ kind: 'namedSet', name: named }, other, context);
  }
  const letters = other.kind === 'multiply' || other.kind === 'symbol' ? lettersOf(other) : undefined;
  return letters === words ? equal('words') : different('shape');
}

const SETS_IN_WORDS: ReadonlyMap<string, 'R' | 'empty' | 'Z' | 'N'> = new Map([
  ['all real numbers', 'R'],
  ['all reals', 'R'],
  ['real numbers', 'R'],
  ['all integers', 'Z'],
  ['all positive integers', 'N'],
  ['empty set', 'empty'],
  ['the empty set', 'empty'],
]);

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
    (left.name.kind === 'apply') !== (right.name.kind === 'apply');
  const values = (): Decision => compareReadings(left.value, right.value, context);
  const equations = (): Decision => compareEquations(gold, answer, context);
  const scalars = isScalar(left.value) && isScalar(right.value);
  if (!sameName) return scalars ? equations() : different('names');
  return left.key === right.key || !scalars ? values() : some([values, equations]);
}

/* Relations that are no assignments */

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
    if ([...operators].every((operator) => '⊂⊃'.includes(operator)))
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
  const sides = ({ sides: [left, right], operators }: Relation): (Expression | undefined)[] =>
    operators[0] === '⊃' ? [right, left] : [left, right];
  if (gold.sides.length !== 2 || answer.sides.length !== 2) return different('inclusion');
  const [g, a] = [sides(gold), sides(answer)];
  return every(2, (i) => compareReadings(g[i]!, a[i]!, context), 'inclusion');
}

/* Ratios */

/** 1:2:3 equals 2:4:6: every part is the same multiple. Texts in it (dots) must agree. 1:15 p.m. is a time, no ratio. */
function compareRatios(
  gold: readonly Expression[],
  answer: readonly Expression[],
  context: Context,
): Decision {
  if (gold.length !== answer.length) return different('ratio');
  if (isTime(gold) || isTime(answer)) {
    return every(
      gold.length,
      (i) => compareReadings(withoutUnit(gold[i]!), withoutUnit(answer[i]!), context),
      'time',
    );
  }
  const cross = (x: Expression, y: Expression): Expression => ({ kind: 'multiply', factors: [x, y] });
  return every(
    gold.length - 1,
    (i) => {
      const [g, a] = [withoutUnit(gold[i + 1]!), withoutUnit(answer[i + 1]!)];
      if (!isScalar(g) || !isScalar(a)) return compareReadings(g, a, context);
      return compareScalars(cross(g, withoutUnit(answer[0]!)), cross(a, withoutUnit(gold[0]!)), context);
    },
    'ratio',
  );
}

function isTime(parts: readonly Expression[]): boolean {
  const last = parts.at(-1);
  return last?.kind === 'quantity' && /^[ap]\.?\s?m\b/i.test(last.unit);
}
