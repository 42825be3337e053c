/**
 * Random expressions for tests: a tree with its own value in doubles and its own LaTeX, so that the tests do not trust
 * the code they test. All choices come from an address; nothing here is part of the package's interface.
 */
import { hash } from '../numeric/points.js';

export type Tree =
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'name'; readonly name: 'x' | 'y' | 'n' }
  | { readonly op: 'pi' }
  | { readonly op: 'add' | 'multiply'; readonly parts: readonly Tree[] }
  | { readonly op: 'divide'; readonly over: Tree; readonly under: Tree }
  | { readonly op: 'power'; readonly base: Tree; readonly exponent: number }
  | { readonly op: 'root'; readonly of: Tree }
  | { readonly op: 'call'; readonly name: 'sin' | 'cos' | 'ln'; readonly of: Tree };

/** Draws in order from one address: each number is a hash of the address and of its place. */
export class Draws {
  private at = 0;
  constructor(private readonly address: string) {}
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.integer(from.length)]!;
  }
  private uniform(): number {
    return hash(this.address, this.at++) / 0x1_0000_0000;
  }
}

export function drawsAt(seed: number, ...path: (string | number)[]): Draws {
  return new Draws([seed, ...path].join('/'));
}

/** A tree of at most `depth` levels; `constant` leaves names out. No zero, no division by a name that could vanish. */
export function randomTree(draws: Draws, depth: number, constant: boolean): Tree {
  if (depth === 0 || draws.chance(0.15)) return randomLeaf(draws, constant);
  const child = (): Tree => randomTree(draws, depth - 1, constant);
  switch (draws.integer(7)) {
    case 0:
    case 1:
      return { op: 'add', parts: draws.chance(0.3) ? [child(), child(), child()] : [child(), child()] };
    case 2:
    case 3:
      return { op: 'multiply', parts: [child(), child()] };
    case 4:
      return { op: 'divide', over: child(), under: child() };
    case 5:
      return { op: 'power', base: child(), exponent: 2 + draws.integer(2) };
    default:
      return draws.chance(0.6)
        ? { op: 'root', of: { op: 'number', value: 2 + draws.integer(40) } }
        : { op: 'call', name: draws.pick(['sin', 'cos', 'ln']), of: randomLeaf(draws, constant) };
  }
}

function randomLeaf(draws: Draws, constant: boolean): Tree {
  if (!constant && draws.chance(0.5)) return { op: 'name', name: draws.pick(['x', 'y', 'n'] as const) };
  if (draws.chance(0.08)) return { op: 'pi' };
  const value = 1 + draws.integer(30);
  return { op: 'number', value: draws.chance(0.25) ? -value : value };
}

/** Value at a point; NaN outside the real numbers. */
export function valueOf(tree: Tree, names: Readonly<Record<string, number>>): number {
  switch (tree.op) {
    case 'number':
      return tree.value;
    case 'name':
      return names[tree.name]!;
    case 'pi':
      return Math.PI;
    case 'add':
      return tree.parts.reduce((sum, part) => sum + valueOf(part, names), 0);
    case 'multiply':
      return tree.parts.reduce((product, part) => product * valueOf(part, names), 1);
    case 'divide':
      return valueOf(tree.over, names) / valueOf(tree.under, names);
    case 'power':
      return valueOf(tree.base, names) ** tree.exponent;
    case 'root':
      return Math.sqrt(valueOf(tree.of, names));
    case 'call':
      return Math[tree.name === 'ln' ? 'log' : tree.name](valueOf(tree.of, names));
  }
}

/** Points at which trees are told apart. */
export const POINTS = [
  { x: 0.7371, y: 1.9123, n: 2.331 },
  { x: 2.5127, y: 0.4413, n: 1.219 },
  { x: 1.3317, y: 3.1171, n: 0.618 },
] as const;

/** Whether two trees are told apart at every point, by more than rounding; undefined when they have too few values. */
export function areDifferent(a: Tree, b: Tree): boolean | undefined {
  let defined = 0;
  let apart = 0;
  for (const point of POINTS) {
    const [u, v] = [valueOf(a, point), valueOf(b, point)];
    if (!Number.isFinite(u) || !Number.isFinite(v)) continue;
    defined++;
    if (Math.abs(u - v) > 1e-5 * Math.max(Math.abs(u), Math.abs(v))) apart++;
  }
  return defined === 0 ? undefined : apart === defined;
}

/** LaTeX in one of many styles; the draws choose spellings, never meaning. */
export function latexOf(tree: Tree, draws: Draws): string {
  switch (tree.op) {
    case 'number':
      return numeral(tree.value, draws);
    case 'name':
      return tree.name;
    case 'pi':
      return draws.chance(0.8) ? '\\pi ' : 'π';
    case 'add':
      return tree.parts.map((part, i) => signed(part, i > 0, draws)).join(draws.chance(0.5) ? ' ' : '');
    case 'multiply':
      return tree.parts
        .map((part) => factor(part, draws))
        .join(draws.pick([' \\cdot ', '\\times ', '*', '\\,·\\,']));
    case 'divide':
      if (draws.chance(0.25)) return `${factor(tree.over, draws)}/${bracketed(tree.under, draws)}`;
      return [
        draws.pick(['\\frac', '\\dfrac', '\\tfrac']),
        `{${latexOf(tree.over, draws)}}`,
        `{${latexOf(tree.under, draws)}}`,
      ].join('');
    case 'power':
      return `${bracketed(tree.base, draws)}^${draws.chance(0.5) ? tree.exponent : `{${tree.exponent}}`}`;
    case 'root':
      return `\\sqrt{${latexOf(tree.of, draws)}}`;
    case 'call':
      return draws.chance(0.5)
        ? `\\${tree.name}\\left(${latexOf(tree.of, draws)}\\right)`
        : `\\${tree.name}{${bracketed(tree.of, draws)}}`;
  }
}

function numeral(value: number, draws: Draws): string {
  if (Math.abs(value) < 1000 || draws.chance(0.5)) return String(value);
  const digits = String(Math.abs(value)).replace(/\B(?=(?:\d{3})+$)/g, draws.pick([',\\!', '{,}', '\\,']));
  return value < 0 ? `-${digits}` : digits;
}

function signed(part: Tree, follows: boolean, draws: Draws): string {
  const text = part.op === 'add' ? bracketed(part, draws) : latexOf(part, draws);
  return follows && !text.startsWith('-') ? `+${text}` : text;
}

/** A factor; sums and negative numbers in brackets. */
function factor(part: Tree, draws: Draws): string {
  const plain =
    part.op === 'name' || part.op === 'pi' || part.op === 'root' || (part.op === 'number' && part.value >= 0);
  return plain ? latexOf(part, draws) : bracketed(part, draws);
}

function bracketed(part: Tree, draws: Draws): string {
  if (part.op === 'name' || (part.op === 'number' && part.value >= 0)) return latexOf(part, draws);
  return draws.chance(0.5) ? `(${latexOf(part, draws)})` : `\\left( ${latexOf(part, draws)} \\right)`;
}
