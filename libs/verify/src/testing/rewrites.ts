/**
 * Families of rewrites, which keep the value of a tree, and of mutations, which are meant to change it.
 *
 * Rewrites: commute (order of terms and factors), expand (a(b + c) to ab + ac), scale (a/b to ka/kb), neutral (+ 0,
 * times 1), split (n to (n - k) + k), square (a^2 to a a), root (sqrt n to sqrt(n k^2)/k), reciprocal (a/b to a (1/b)).
 * Mutations: digit (a number plus or minus 1), sign (a term negated), exponent (one higher), operation (+ for times),
 * name (another variable), root (sqrt of the next number). A mutation may miss, so tests ask `areDifferent` first.
 */
import type { Draws, Tree } from './expressions.js';

const number = (value: number): Tree => ({ op: 'number', value });
const add = (...parts: Tree[]): Tree => ({ op: 'add', parts });
const multiply = (...parts: Tree[]): Tree => ({ op: 'multiply', parts });

/** Rewrites every level with some chance. */
export function rewritten(tree: Tree, draws: Draws): Tree {
  const inner = mapChildren(tree, (child) => rewritten(child, draws));
  return draws.chance(0.4) ? rewrittenHere(inner, draws) : inner;
}

function rewrittenHere(tree: Tree, draws: Draws): Tree {
  if (draws.chance(0.1)) return draws.chance(0.5) ? add(tree, number(0)) : multiply(tree, number(1));
  switch (tree.op) {
    case 'number': {
      const part = 1 + draws.integer(9);
      return draws.chance(0.4) ? add(number(tree.value - part), number(part)) : tree;
    }
    case 'add':
      return { op: 'add', parts: [...tree.parts].reverse() };
    case 'multiply': {
      const [first, second] = tree.parts as [Tree, Tree];
      if (second.op === 'add' && draws.chance(0.5))
        return add(...second.parts.map((part) => multiply(first, part)));
      return multiply(second, first);
    }
    case 'divide': {
      const k = number(2 + draws.integer(5));
      if (draws.chance(0.5))
        return { op: 'divide', over: multiply(k, tree.over), under: multiply(tree.under, k) };
      return multiply(tree.over, { op: 'divide', over: number(1), under: tree.under });
    }
    case 'power':
      return tree.exponent === 2
        ? multiply(tree.base, tree.base)
        : multiply({ ...tree, exponent: tree.exponent - 1 }, tree.base);
    case 'root': {
      const k = 2 + draws.integer(3);
      return { op: 'divide', over: { op: 'root', of: multiply(tree.of, number(k * k)) }, under: number(k) };
    }
    default:
      return tree;
  }
}

/** Changes one node of the tree. */
export function mutated(tree: Tree, draws: Draws): Tree {
  const target = draws.integer(size(tree));
  let at = 0;
  const visit = (node: Tree): Tree => (at++ === target ? mutatedHere(node, draws) : mapChildren(node, visit));
  return visit(tree);
}

function mutatedHere(tree: Tree, draws: Draws): Tree {
  switch (tree.op) {
    case 'number':
      return number(tree.value + (draws.chance(0.5) ? 1 : -1));
    case 'name':
      return draws.chance(0.5) ? { op: 'name', name: tree.name === 'x' ? 'y' : 'x' } : add(tree, number(1));
    case 'add':
      return { op: 'add', parts: tree.parts.map((part, i) => (i === 0 ? multiply(number(-1), part) : part)) };
    case 'multiply':
      return { op: 'add', parts: tree.parts };
    case 'divide':
      return { op: 'divide', over: tree.under, under: tree.over };
    case 'power':
      return { ...tree, exponent: tree.exponent + 1 };
    case 'root':
      return { op: 'root', of: add(tree.of, number(1)) };
    case 'pi':
      return number(3);
    case 'call':
      return multiply(number(-1), tree);
  }
}

function size(tree: Tree): number {
  let count = 1;
  mapChildren(tree, (child) => {
    count += size(child);
    return child;
  });
  return count;
}

function mapChildren(tree: Tree, map: (child: Tree) => Tree): Tree {
  switch (tree.op) {
    case 'add':
    case 'multiply':
      return { op: tree.op, parts: tree.parts.map(map) };
    case 'divide':
      return { op: 'divide', over: map(tree.over), under: map(tree.under) };
    case 'power':
      return { ...tree, base: map(tree.base) };
    case 'root':
      return { op: 'root', of: map(tree.of) };
    case 'call':
      return { ...tree, of: map(tree.of) };
    default:
      return tree;
  }
}
