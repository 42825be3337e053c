/**
 * Eigenvalues of a symmetric matrix, without eigenvectors: Householder's reduction to a tridiagonal matrix, then QL
 * steps with implicit shifts (Wilkinson and Reinsch 1971, II/2 and II/4; EISPACK tred1 and imtql1). Without vectors
 * the second part costs n^2 and the whole a fraction of what a general solver takes. A Vendi score needs a hundred of
 * them. Pure.
 */
import { InvariantError } from '@soar/core';

/** QL steps for one eigenvalue. Two are usual; a matrix of finite numbers has never been seen to need thirty. */
const STEPS_MAX = 50;

/** The eigenvalues in no particular order. `matrix`: rows, symmetric; it is not changed. */
export function symmetricEigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const { diagonal, offDiagonal } = tridiagonal(matrix);
  const n = diagonal.length;
  for (let low = 0; low < n; low++) {
    for (let step = 0; ; step++) {
      const high = blockEnd(diagonal, offDiagonal, low);
      if (high === low) break;
      if (step === STEPS_MAX)
        throw new InvariantError(`eigenvalues: no convergence after ${STEPS_MAX} steps (${n} x ${n})`);
      implicitStep(diagonal, offDiagonal, low, high);
    }
  }
  return [...diagonal];
}

interface Tridiagonal {
  readonly diagonal: Float64Array; // [n]
  /** offDiagonal[i] is the entry at (i, i + 1); the last is 0. */
  readonly offDiagonal: Float64Array; // [n]
}

/**
 * A similar tridiagonal matrix. One reflection per row, from the last to the third, zeroes the entries left of the
 * subdiagonal.
 */
function tridiagonal(matrix: readonly (readonly number[])[]): Tridiagonal {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row)); // the lower triangle alone is used
  const offDiagonal = new Float64Array(n);
  const p = new Float64Array(n);
  for (let i = n - 1; i > 1; i--) {
    const v = a[i]!;
    let largest = 0;
    for (let k = 0; k < i; k++) largest = Math.max(largest, Math.abs(v[k]!));
    if (largest === 0) continue;
    // Scaled, so that squares neither overflow nor vanish.
    let squares = 0;
    for (let k = 0; k < i; k++) squares += (v[k]! /= largest) ** 2;
    const last = v[i - 1]!;
    const length = last > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    offDiagonal[i - 1] = largest * length;
    // The reflection is 1 - v v' / h.
    v[i - 1] = last - length;
    const h = squares - last * length;
    reflect(a, v, p, h, i);
  }
  if (n > 1) offDiagonal[0] = a[1]![0]!;
  return { diagonal: Float64Array.from(a, (row, i) => row[i]!), offDiagonal };
}

/** Applies the reflection from both sides to the first `size` rows and columns. `p` is scratch space. */
function reflect(
  a: readonly Float64Array[],
  v: Float64Array,
  p: Float64Array,
  h: number,
  size: number,
): void {
  p.fill(0, 0, size);
  for (let j = 0; j < size; j++) {
    const row = a[j]!;
    let sum = row[j]! * v[j]!;
    for (let k = 0; k < j; k++) {
      sum += row[k]! * v[k]!;
      p[k]! += row[k]! * v[j]!;
    }
    p[j]! += sum;
  }
  let dot = 0;
  for (let j = 0; j < size; j++) dot += (p[j]! /= h) * v[j]!;
  const half = dot / (2 * h);
  for (let j = 0; j < size; j++) p[j]! -= half * v[j]!;
  for (let j = 0; j < size; j++) {
    const row = a[j]!;
    for (let k = 0; k <= j; k++) row[k]! -= v[j]! * p[k]! + p[j]! * v[k]!;
  }
}

/** Last row of the block that starts at `low`: its off-diagonal entry is negligible in double precision. */
function blockEnd(diagonal: Float64Array, offDiagonal: Float64Array, low: number): number {
  for (let m = low; m < diagonal.length - 1; m++) {
    const size = Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!);
    if (size + Math.abs(offDiagonal[m]!) === size) return m;
  }
  return diagonal.length - 1;
}

/** One QL step with Wilkinson's shift on the block from `low` to `high`. */
function implicitStep(diagonal: Float64Array, offDiagonal: Float64Array, low: number, high: number): void {
  const between = (diagonal[low + 1]! - diagonal[low]!) / (2 * offDiagonal[low]!);
  const root = Math.hypot(between, 1);
  const shift = diagonal[low]! - offDiagonal[low]! / (between + (between < 0 ? -root : root));
  let g = diagonal[high]! - shift;
  let [sine, cosine, moved] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const f = sine * offDiagonal[i]!;
    const b = cosine * offDiagonal[i]!;
    const length = Math.hypot(f, g);
    offDiagonal[i + 1] = length;
    if (length === 0) {
      // The block splits here; the caller continues with its first part.
      diagonal[i + 1]! -= moved;
      offDiagonal[high] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = diagonal[i + 1]! - moved;
    const t = (diagonal[i]! - g) * sine + 2 * cosine * b;
    moved = sine * t;
    diagonal[i + 1] = g + moved;
    g = cosine * t - b;
  }
  diagonal[low]! -= moved;
  offDiagonal[low] = g;
  offDiagonal[high] = 0;
}
