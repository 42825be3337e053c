/**
 * A set of real numbers as a membership test with the numbers where membership may change, and the equality of two.
 */
import type { Expression, Relation, RelationOperator } from '../expression.js';
import { isFinite as isFiniteComplex } from '../numeric/complex.js';
import { Evaluator } from '../numeric/evaluate.js';
import { rootsOf } from '../numeric/roots.js';
import type { Context } from './decision.js';
import { freeNames } from './names.js';
import { isScalar } from './readings.js';
import { near, OVERFLOW, samples, type Boundary } from './samples.js';
import { compareScalars, constantValue, infinitySign } from './scalars.js';

export interface Region {
  /** Membership of x; undefined if it cannot be decided. */
  contains(x: number): boolean | undefined;
  /** Where membership may change, without order. */
  readonly boundaries: readonly Boundary[];
}

/** The region that `expression` describes; `variable` is the variable of its inequalities. */
export function regionOf(
  expression: Expression,
  variable: string | undefined,
  context: Context,
): Region | undefined {
  context.budget.spend(20);
  switch (expression.kind) {
    case 'namedSet':
      return namedRegion(expression.name);
    case 'setOperation': {
      const left = regionOf(expression.left, variable, context);
      const right = left && regionOf(expression.right, variable, context);
      return left && right && combined(left, right, OPERATIONS[expression.name]);
    }
    case 'list':
      return listRegion(expression, variable, context);
    case 'relation':
      return relationRegion(expression, variable, context);
    case 'builder':
      // {2k : k in Z} is described by its element, not by the conditions alone.
      if (expression.variable.kind !== 'symbol' && expression.variable.kind !== 'relation') return undefined;
      return intersection(
        conditionsOf(expression).map((condition) => relationOrSet(condition, variable, context)),
      );
    default: {
      const point = boundaryOf(expression, context);
      return point && points([point]);
    }
  }
}

const OPERATIONS = {
  union: (a: boolean, b: boolean): boolean => a || b,
  intersection: (a: boolean, b: boolean): boolean => a && b,
  difference: (a: boolean, b: boolean): boolean => a && !b,
};

/** `{x in R : x > 0}` has a condition on both sides of the colon. */
function conditionsOf(builder: Expression & { kind: 'builder' }): readonly Expression[] {
  return builder.variable.kind === 'relation'
    ? [builder.variable, ...builder.conditions]
    : builder.conditions;
}

function combined(left: Region, right: Region, operation: (a: boolean, b: boolean) => boolean): Region {
  return {
    boundaries: [...left.boundaries, ...right.boundaries],
    contains(x) {
      const [a, b] = [left.contains(x), right.contains(x)];
      return a === undefined || b === undefined ? undefined : operation(a, b);
    },
  };
}

function intersection(regions: readonly (Region | undefined)[]): Region | undefined {
  let all: Region | undefined;
  for (const region of regions) {
    if (region === undefined) return undefined;
    all = all === undefined ? region : combined(all, region, OPERATIONS.intersection);
  }
  return all;
}

function namedRegion(name: string): Region | undefined {
  if (name === 'R') return { boundaries: [], contains: () => true };
  if (name === 'empty') return { boundaries: [], contains: () => false };
  const some = [-2, -1, 0, 1, 2, 3].map((at) => ({ at }));
  if (name === 'Z') return { boundaries: some, contains: Number.isInteger };
  if (name === 'N') return { boundaries: some, contains: (x) => Number.isInteger(x) && x > 0 };
  return undefined;
}

/** Even, odd and other numbers that words describe. */
function propertyRegion(words: string): Region | undefined {
  const test = PROPERTIES.get(words);
  return test && { boundaries: [-3, -2, -1, 0, 1, 2, 3, 4, 5].map((at) => ({ at })), contains: test };
}

const PROPERTIES: ReadonlyMap<string, (x: number) => boolean> = new Map([
  ['even', (x: number): boolean => x % 2 === 0],
  ['odd', (x: number): boolean => Math.abs(x % 2) === 1],
  ['integer', Number.isInteger],
  ['positive', (x: number): boolean => x > 0],
  ['negative', (x: number): boolean => x < 0],
]);

function points(values: readonly Boundary[]): Region {
  return { boundaries: values, contains: (x) => values.some(({ at }) => near(at, x)) };
}

/** A constant as a boundary; undefined when it has no value in doubles. */
function boundaryOf(written: Expression, context: Context): Boundary | undefined {
  const at = freeNames(written).size > 0 ? undefined : constantValue(written, context);
  return at === undefined ? undefined : { at, written };
}

function listRegion(
  list: Expression & { kind: 'list' },
  variable: string | undefined,
  context: Context,
): Region | undefined {
  const { items } = list;
  if (list.open === '{' || (list.open === '' && !items.some((item) => item.kind === 'relation'))) {
    const values = items.map((item) => boundaryOf(item, context)).filter((value) => value !== undefined);
    return values.length === items.length ? points(values) : undefined;
  }
  if (list.open === '') {
    const regions = items.map((item) => relationOrSet(item, variable, context));
    if (regions.some((region) => region === undefined)) return undefined;
    const all = regions as Region[];
    const join = (operation: (a: boolean, b: boolean) => boolean): Region =>
      all.reduce((a, b) => combined(a, b, operation));
    if (list.joined === 'or') return join(OPERATIONS.union);
    const both = join(OPERATIONS.intersection);
    // `x < -1, x > 1` can only mean one of the two; `x > 1, x < 3` means both.
    const { inside, beyond } = samples(both.boundaries);
    const isEmpty = [...inside, ...beyond].every((x) => both.contains(x) === false);
    return isEmpty && list.joined !== 'and' ? join(OPERATIONS.union) : both;
  }
  if (items.length !== 2) return undefined;
  const [low, high] = items.map((item) => endPoint(item, context));
  // (5, 2) is a pair of numbers: the empty interval is never written so.
  if (low === undefined || high === undefined || low.at > high.at) return undefined;
  const [from, to] = [low.at, high.at];
  return {
    boundaries: [low, high].filter(({ at }) => Number.isFinite(at)),
    contains(x) {
      if (near(x, from)) return list.open === '[';
      if (near(x, to)) return list.close === ']';
      return x > from && x < to;
    },
  };
}

function endPoint(item: Expression, context: Context): Boundary | undefined {
  const sign = infinitySign(item);
  return sign === 0 ? boundaryOf(item, context) : { at: sign * Infinity };
}

function relationOrSet(item: Expression, variable: string | undefined, context: Context): Region | undefined {
  return item.kind === 'relation'
    ? relationRegion(item, variable, context)
    : regionOf(item, variable, context);
}

/* Inequalities */

function relationRegion(
  relation: Relation,
  variable: string | undefined,
  context: Context,
): Region | undefined {
  if (variable === undefined) return undefined;
  const links: (Region | undefined)[] = relation.operators.map((operator, i) => {
    const [left, right] = [relation.sides[i]!, relation.sides[i + 1]!];
    if (operator === '∈' || operator === '∉') {
      if (left.kind !== 'symbol' || left.name !== variable) return undefined;
      const set = right.kind === 'text' ? propertyRegion(right.words) : regionOf(right, variable, context);
      if (set === undefined || operator === '∈') return set;
      return { boundaries: set.boundaries, contains: (x) => negated(set.contains(x)) };
    }
    if ((operator === '≠' || operator === '=') && left.kind === 'symbol' && right.kind === 'list') {
      const set = regionOf(right, variable, context);
      if (set === undefined || operator === '=') return set;
      return { boundaries: set.boundaries, contains: (x) => negated(set.contains(x)) };
    }
    if (!isScalar(left) || !isScalar(right)) return undefined;
    return linkRegion(left, operator, right, variable, context);
  });
  return intersection(links);
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

/** left (operator) right as the sign of left - right. */
function linkRegion(
  left: Expression,
  operator: RelationOperator,
  right: Expression,
  variable: string,
  context: Context,
): Region | undefined {
  const infinite = infiniteLink(left, operator, right);
  if (infinite !== undefined) return infinite;
  const difference: Expression = { kind: 'add', terms: [left, { kind: 'negate', of: right }] };
  if ([...freeNames(difference)].some((name) => name !== variable)) return undefined;
  const valueAt = (x: number): { value: number; scale: number } | undefined => {
    const evaluator = new Evaluator(0, 'real', context.budget);
    evaluator.bind(variable, x);
    const { z, scale } = evaluator.evaluate(difference);
    return isFiniteComplex(z) ? { value: z.re, scale } : undefined;
  };
  const isVariable = (side: Expression): boolean => side.kind === 'symbol' && side.name === variable;
  const stated = isVariable(left) ? right : isVariable(right) ? left : undefined;
  const written = stated && boundaryOf(stated, context);
  return {
    boundaries: written === undefined ? rootsOf((x) => valueAt(x)?.value).map((at) => ({ at })) : [written],
    contains(x) {
      const at = valueAt(x);
      // Where a side has no value (a pole, the root of a negative number) the relation does not hold. Far out it may
      // only be too large for doubles.
      if (at === undefined) return Math.abs(x) < OVERFLOW ? false : undefined;
      const sign = Math.abs(at.value) <= 1e-8 * Math.max(at.scale, 1e-300) ? 0 : Math.sign(at.value);
      return holds(sign, operator);
    },
  };
}

function holds(sign: number, operator: RelationOperator): boolean | undefined {
  if (operator === '<') return sign < 0;
  if (operator === '≤') return sign <= 0;
  if (operator === '>') return sign > 0;
  if (operator === '≥') return sign >= 0;
  if (operator === '≠') return sign !== 0;
  return operator === '=' ? sign === 0 : undefined;
}

/** `x < \infty` holds everywhere. */
function infiniteLink(left: Expression, operator: RelationOperator, right: Expression): Region | undefined {
  const [l, r] = [infinitySign(left), infinitySign(right)];
  if (l === 0 && r === 0) return undefined;
  const truth = holds(l - r, operator);
  return truth === undefined ? undefined : { boundaries: [], contains: () => truth };
}

/* Equality */

/**
 * Whether two regions have the same members; undefined if a test cannot decide. A region without a member is no answer:
 * what holds nowhere (x < x) or has no value (x > 1/0) is not even equal to another such one. The empty set is said in
 * words or by its symbol, and never comes here.
 */
export function sameRegions(left: Region, right: Region, context: Context): boolean | undefined {
  if (haveCloseBoundaries(left, right, context)) return false;
  let members = 0;
  const same = holdsAtSamples([...left.boundaries, ...right.boundaries], (x) => {
    const [a, b] = [left.contains(x), right.contains(x)];
    if (a === undefined || b === undefined) return undefined;
    if (a && b) members++;
    return a === b;
  });
  return same === true ? members > 0 : same;
}

/** Whether every member of `part` is one of `whole`; undefined if a test cannot decide. */
export function isWithin(part: Region, whole: Region): boolean | undefined {
  return holdsAtSamples([...part.boundaries, ...whole.boundaries], (x) => {
    const [a, b] = [part.contains(x), whole.contains(x)];
    return a === undefined || b === undefined ? undefined : !a || b;
  });
}

/** Only a sample far out may be undecided: e^x is too large for doubles there. */
function holdsAtSamples(
  boundaries: readonly Boundary[],
  test: (x: number) => boolean | undefined,
): boolean | undefined {
  let known = true;
  const { inside, beyond } = samples(boundaries);
  for (const x of [...inside, ...beyond]) {
    const holds = test(x);
    if (holds === false) return false;
    if (holds === undefined && (inside.includes(x) || Math.abs(x) < OVERFLOW)) known = false;
  }
  return known ? true : undefined;
}

/**
 * Two end points that doubles cannot tell apart may still differ: 1 and 1 + 10^-12. Their exact comparison decides.
 */
function haveCloseBoundaries(left: Region, right: Region, context: Context): boolean {
  for (const { at, written } of left.boundaries) {
    if (written === undefined) continue;
    const close = right.boundaries.filter((other) => near(at, other.at));
    if (close.length === 0 || close.some((other) => other.written === undefined)) continue;
    if (!close.some((other) => !isDifferent(written, other.written!, context))) return true;
  }
  return false;
}

function isDifferent(a: Expression, b: Expression, context: Context): boolean {
  return compareScalars(a, b, context).outcome === 'different';
}
