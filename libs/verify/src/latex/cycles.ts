/**
 * Permutations written as cycles, `(1\ 4\ 2)(3\ 5)`: whole numbers that only spaces separate. A product is read from
 * right to left and written as disjoint cycles, so that turning a cycle or exchanging disjoint ones changes nothing.
 */
import { whole } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import type { Cursor } from './cursor.js';

/** Most cycles in a product, and numbers in one. */
const CYCLES_MAX = 20;
const LENGTH_MAX = 40;

/** The product of the cycles at the cursor; undefined, and nothing consumed, where there is none. */
export function parseCycles(cursor: Cursor): Expression | undefined {
  const cycles: (readonly number[])[] = [];
  while (cycles.length < CYCLES_MAX) {
    const cycle = cycleAt(cursor);
    if (cycle === undefined) break;
    for (let lexemes = 0; lexemes < cycle.length + 2; lexemes++) cursor.next();
    cycles.push(cycle);
  }
  if (cycles.length === 0) return undefined;
  const disjoint = disjointCycles(cycles);
  const args = disjoint.map((cycle): Expression => ({
    kind: 'apply',
    name: 'cycle',
    args: cycle.map((n) => ({ kind: 'number', value: whole(n) })),
  }));
  return args.length === 1 ? args[0]! : { kind: 'apply', name: 'cycles', args };
}

function cycleAt(cursor: Cursor): readonly number[] | undefined {
  if (!cursor.isSymbol('(')) return undefined;
  const numbers: number[] = [];
  for (let ahead = 1; ahead <= LENGTH_MAX; ahead++) {
    const lexeme = cursor.peek(ahead);
    if (lexeme?.kind !== 'number' || !/^\d{1,4}$/.test(lexeme.numeral.text)) break;
    if (ahead > 1 && !lexeme.spaced) return undefined;
    numbers.push(Number(lexeme.numeral.text));
  }
  const isCycle = numbers.length > 1 && new Set(numbers).size === numbers.length;
  return isCycle && cursor.isSymbol(')', numbers.length + 1) ? numbers : undefined;
}

/** The same permutation as disjoint cycles, each from its smallest number, in order; fixed numbers are left out. */
function disjointCycles(cycles: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const image = (n: number): number =>
    cycles.reduceRight((at, cycle) => {
      const i = cycle.indexOf(at);
      return i < 0 ? at : cycle[(i + 1) % cycle.length]!;
    }, n);
  const open = new Set(cycles.flat().sort((a, b) => a - b));
  const found: number[][] = [];
  for (const start of open) {
    const cycle: number[] = [];
    for (let n = start; open.delete(n); n = image(n)) cycle.push(n);
    if (cycle.length > 1) found.push(cycle);
  }
  return found;
}
