/**
 * The range of an index beside a value: `x = \pi/4 + 2k\pi, k \in \mathbb{Z}`. Many leave it out, but where both give
 * it they must give the same one; the index itself may have any name. A range that limits the answer itself
 * (`x > 0, x \in \mathbb{Z}`) is a condition like any other and stays.
 */
import type { Expression, Relation } from '../expression.js';
import { contains, renameSymbols } from '../walk.js';
import { freeNames } from './names.js';

export interface Indexed {
  readonly value: Expression;
  /** Ranges by the name of the index. */
  readonly ranges: ReadonlyMap<string, Expression>;
}

/** The value with the ranges of its indices taken off. */
export function withoutRanges(expression: Expression): Indexed {
  const none: Indexed = { value: expression, ranges: new Map() };
  if (expression.kind !== 'list' || expression.open !== '' || expression.items.length < 2) return none;
  const ranges = expression.items.filter(isRange);
  const rest = expression.items.filter((item) => !isRange(item));
  const isIndex = ({ sides }: Relation): boolean => {
    const { name } = sides[0] as { name: string };
    return rest.some((item) => freeNames(item).has(name)) && !rest.some((item) => limits(item, name));
  };
  if (rest.length === 0 || ranges.length === 0 || !ranges.every(isIndex)) return none;
  return {
    value: rest.length === 1 ? rest[0]! : { ...expression, items: rest },
    ranges: new Map(ranges.map(({ sides }) => [(sides[0] as { name: string }).name, sides[1]!])),
  };
}

/** Both values without their ranges, the answer's index under the gold's name; undefined if the ranges differ. */
export function withSameRanges(
  gold: Indexed,
  answer: Indexed,
  areEqual: (a: Expression, b: Expression) => boolean,
): readonly [gold: Expression, answer: Expression] | undefined {
  if (gold.ranges.size === 0 || answer.ranges.size === 0) return [gold.value, answer.value];
  const [g, a] = [[...gold.ranges], [...answer.ranges]];
  if (g.length === 1 && a.length === 1) {
    if (!areEqual(g[0]![1], a[0]![1])) return undefined;
    const isFree = !freeNames(answer.value).has(g[0]![0]);
    const names = new Map(isFree ? [[a[0]![0], g[0]![0]]] : []);
    return [gold.value, renameSymbols(answer.value, names)];
  }
  const isSame =
    g.length === a.length &&
    g.every(([name, range]) => {
      const other = answer.ranges.get(name);
      return other !== undefined && areEqual(range, other);
    });
  return isSame ? [gold.value, answer.value] : undefined;
}

function isRange(item: Expression): item is Relation {
  return (
    item.kind === 'relation' &&
    item.operators.length === 1 &&
    item.operators[0] === '∈' &&
    item.sides[0]!.kind === 'symbol'
  );
}

/** Whether `item` is about `name` itself: an inequality, or `name = ...`. */
function limits(item: Expression, name: string): boolean {
  const isName = (side: Expression): boolean => side.kind === 'symbol' && side.name === name;
  return contains(item, (part) => part.kind === 'relation' && part.sides.some(isName));
}
