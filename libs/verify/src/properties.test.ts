/**
 * Properties over generated expressions, with equality of text turned off: verify(x, rewrite(x)) is correct,
 * verify(x, mutate(x)) is not. The families are documented in testing/rewrites.ts; SEED and the number of a failing
 * case reproduce it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  areDifferent,
  drawsAt,
  latexOf,
  POINTS,
  randomTree,
  valueOf,
  type Draws,
  type Tree,
} from './testing/expressions.js';
import { mutated, rewritten } from './testing/rewrites.js';
import { verify } from './verify.js';

const SEED = 20260123;
const CASES = 1500;
const OPTIONS = { stringShortCut: false } as const;

const judge = (gold: string, answer: string): string => verify(gold, `\\boxed{${answer}}`, OPTIONS).verdict;

/** A tree that has a value of ordinary size at every point. */
function ordinaryTree(draws: Draws, constant: boolean): Tree {
  for (;;) {
    const tree = randomTree(draws, 1 + draws.integer(3), constant);
    const values = POINTS.map((point) => Math.abs(valueOf(tree, point)));
    if (values.every((value) => value > 1e-3 && value < 1e9)) return tree;
  }
}

interface Tally {
  readonly wrong: string[];
  undecided: number;
}

function each(family: string, run: (draws: Draws, tally: Tally, label: string) => void): Tally {
  const tally: Tally = { wrong: [], undecided: 0 };
  for (let i = 0; i < CASES; i++) run(drawsAt(SEED, family, i), tally, `seed ${SEED}, ${family} ${i}`);
  return tally;
}

test('a rewritten expression is never wrong and hardly ever undecided', () => {
  const result = each('rewrite', (draws, tally, label) => {
    const { wrong } = tally;
    const tree = ordinaryTree(draws, draws.chance(0.5));
    const [gold, answer] = [latexOf(tree, draws), latexOf(rewritten(tree, draws), draws)];
    const verdict = judge(gold, answer);
    if (verdict === 'UNDECIDED') tally.undecided++;
    else if (verdict !== 'CORRECT') wrong.push(`${label}: ${gold} | ${answer} | ${verdict}`);
  });
  assert.deepEqual(result.wrong, []);
  assert.ok(result.undecided <= CASES / 100, `${result.undecided} undecided`);
});

test('a mutated expression is never accepted', () => {
  const result = each('mutate', (draws, tally, label) => {
    const { wrong } = tally;
    const tree = ordinaryTree(draws, draws.chance(0.5));
    const changed = mutated(tree, draws);
    if (areDifferent(tree, changed) !== true) return;
    const [gold, answer] = [latexOf(tree, draws), latexOf(rewritten(changed, draws), draws)];
    if (judge(gold, answer) === 'CORRECT') wrong.push(`${label}: ${gold} | ${answer}`);
  });
  assert.deepEqual(result.wrong, []);
});

test('scalars are judged the same both ways', () => {
  const result = each('symmetry', (draws, tally, label) => {
    const { wrong } = tally;
    const tree = ordinaryTree(draws, draws.chance(0.5));
    const other = draws.chance(0.5) ? rewritten(tree, draws) : mutated(tree, draws);
    const [a, b] = [latexOf(tree, draws), latexOf(other, draws)];
    if (judge(a, b) !== judge(b, a)) wrong.push(`${label}: ${a} | ${b}`);
  });
  assert.deepEqual(result.wrong, []);
});

/** Collections of three different values: the notation of each, and what it must not be confused with. */
const COLLECTIONS: Record<string, { spell: (items: string[]) => string; ordered: boolean }> = {
  tuple: { spell: (items) => `(${items.join(', ')})`, ordered: true },
  set: { spell: (items) => `\\{${items.join(', ')}\\}`, ordered: false },
  list: { spell: (items) => items.join(', '), ordered: false },
  vector: { spell: (items) => `\\begin{pmatrix}${items.join(' \\\\ ')}\\end{pmatrix}`, ordered: true },
};

function threeDifferent(draws: Draws): [Tree, Tree, Tree] {
  for (;;) {
    const trees = [0, 1, 2].map(() => ordinaryTree(draws, true)) as [Tree, Tree, Tree];
    const [a, b, c] = trees;
    if (areDifferent(a, b) === true && areDifferent(b, c) === true && areDifferent(a, c) === true)
      return trees;
  }
}

test('collections keep or ignore order, and notice a changed or missing item', () => {
  const result = each('collection', (draws, tally, label) => {
    const { wrong } = tally;
    const items = threeDifferent(draws);
    const name = draws.pick(Object.keys(COLLECTIONS));
    const { spell, ordered } = COLLECTIONS[name]!;
    const text = (trees: readonly Tree[]): string => spell(trees.map((tree) => latexOf(tree, draws)));
    const check = (answer: readonly Tree[], right: boolean, what: string): void => {
      const [gold, given] = [text(items), text(answer)];
      const verdict = judge(gold, given);
      if (verdict === 'UNDECIDED' && right) tally.undecided++;
      else if ((verdict === 'CORRECT') !== right)
        wrong.push(`${label}, ${name} ${what}: ${gold} | ${given} | ${verdict}`);
    };
    check(
      items.map((item) => rewritten(item, draws)),
      true,
      'rewritten',
    );
    check([items[1], items[2], items[0]], !ordered, 'in another order');
    check([items[0], items[1]], false, 'without an item');
    const changed = mutated(items[2], draws);
    const isNew = items.every((item) => areDifferent(item, changed) === true);
    if (isNew) check([items[0], items[1], changed], false, 'with a changed item');
  });
  assert.deepEqual(result.wrong, []);
  assert.ok(result.undecided <= CASES / 50, `${result.undecided} undecided`);
});

test('an equation survives scaling and moving of terms, and no other change', () => {
  const result = each('equation', (draws, tally, label) => {
    const { wrong } = tally;
    const [left, right] = [ordinaryTree(draws, false), ordinaryTree(draws, false)];
    if (areDifferent(left, right) !== true) return;
    const factor: Tree = { op: 'number', value: 2 + draws.integer(5) };
    const minusRight: Tree = { op: 'multiply', parts: [{ op: 'number', value: -1 }, right] };
    const difference: Tree = { op: 'add', parts: [left, minusRight] };
    const gold = `${latexOf(left, draws)} = ${latexOf(right, draws)}`;
    const moved = `0 = ${latexOf({ op: 'multiply', parts: [factor, difference] }, draws)}`;
    const verdict = judge(gold, moved);
    if (verdict === 'UNDECIDED') tally.undecided++;
    else if (verdict !== 'CORRECT') wrong.push(`${label}: ${gold} | ${moved} | ${verdict}`);
    // `x = value` and `x/y = value` state a value; any other left side does not.
    const isNamed =
      left.op === 'name' || (left.op === 'divide' && left.over.op === 'name' && left.under.op === 'name');
    if (!isNamed && judge(gold, latexOf(right, draws)) === 'CORRECT')
      wrong.push(`${label}: ${gold} | right side`);
  });
  assert.deepEqual(result.wrong, []);
  assert.ok(result.undecided <= CASES / 20, `${result.undecided} undecided`);
});

test('intervals differ by their brackets and their ends', () => {
  const result = each('interval', (draws, tally, label) => {
    const { wrong } = tally;
    const low = draws.integer(50) - 25;
    const high = low + 1 + draws.integer(20);
    const spell = (a: number, b: number, open: string, close: string): string => `${open}${a},${b}${close}`;
    const gold = spell(low, high, '(', ']');
    const same = [
      `${low} < x \\le ${high}`,
      `x \\in \\left(${low}, \\frac{${2 * high}}{2}\\right]`,
      `${high} \\ge x > ${low}`,
    ];
    const other = [
      spell(low, high, '[', ']'),
      spell(low, high, '(', ')'),
      spell(low, high + 1, '(', ']'),
      spell(low - 1, high, '(', ']'),
      `\\{${low},${high}\\}`,
      `${low} \\le x \\le ${high}`,
    ];
    for (const answer of same)
      if (judge(gold, answer) !== 'CORRECT') wrong.push(`${label}: ${gold} | ${answer}`);
    for (const answer of other)
      if (judge(gold, answer) === 'CORRECT') wrong.push(`${label}: ${gold} | ${answer}`);
  });
  assert.deepEqual(result.wrong, []);
});
