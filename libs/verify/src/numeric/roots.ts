/**
 * Where a function of one variable changes: on a grid, by bisection. For comparing sets, not for solving: a change
 * missed on one side is tested anyway if the other side states it as an end point.
 */

/** A function of one variable; undefined where it has no value. */
type Curve = (x: number) => number | undefined;

/** Most changes that are reported. */
const ROOTS_MAX = 100;

/** Sign changes, poles and touching zeros of f on a fixed grid that is fine near 0 and reaches far. */
export function rootsOf(f: Curve): number[] {
  const roots: number[] = [];
  let previousX = GRID[0]!;
  let previous = f(previousX);
  for (let i = 1; i < GRID.length && roots.length < ROOTS_MAX; i++) {
    const x = GRID[i]!;
    const value = f(x);
    if (value === 0) roots.push(x);
    else if (value !== undefined && previous !== undefined && previous !== 0 && value * previous < 0) {
      roots.push(bisect(f, previousX, x, previous));
    } else if ((value === undefined) !== (previous === undefined)) roots.push(edge(f, previousX, x));
    previousX = x;
    previous = value;
  }
  return roots;
}

/** Far grid points: stated ends (10^9) are found by bisection between them. */
const FAR = [30, 40, 60, 100, 300, 1e3, 1e4, 1e5, 1e6, 1e8, 1e10, 1e13, 1e16];

/** Steps of 0.5 to 20 and wider ones beyond, shifted off whole numbers, where poles and zeros are likely. */
const GRID: readonly number[] = [
  ...[...FAR].reverse().map((x) => -x - 0.037),
  ...Array.from({ length: 81 }, (_, i) => (i - 40) / 2 + 0.013),
  ...FAR.map((x) => x + 0.037),
];
const HALVINGS = 60;

function bisect(f: Curve, from: number, to: number, atFrom: number): number {
  let [low, high] = [from, to];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    const value = f(middle);
    if (value === undefined) return middle;
    if (value * atFrom > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The point where f stops having a value. */
function edge(f: Curve, from: number, to: number): number {
  const fromHasValue = f(from) !== undefined;
  let [low, high] = [from, to];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if ((f(middle) !== undefined) === fromHasValue) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
