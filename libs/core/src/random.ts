/**
 * Random numbers by address.
 *
 * Every random number in a run has an address: (run seed, purpose, step, dataset, repeat, question, sample, token
 * ...). The number at an address is a pure function of the address. So results do not depend on batching, worker
 * count, replicas, retries or restarts, and resuming needs no generator state.
 *
 * The function is Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011), a
 * counter-based generator that passes BigCrush. The address is folded into Philox's 64-bit key by chaining Philox
 * itself, one path element at a time; the draw's index is the counter. Not for cryptography.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * One Philox4x32-10 block: counter (4 words) and key (2 words) to 4 words of 32 random bits each, written to `out`.
 */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const lo0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const hi0 = multiplyHigh(MULTIPLIER_0, c0);
    const lo1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    const hi1 = multiplyHigh(MULTIPLIER_1, c2);
    c0 = (hi1 ^ c1 ^ k0) >>> 0;
    c2 = (hi0 ^ c3 ^ k1) >>> 0;
    c1 = lo1;
    c3 = lo0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers, from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLo = a & 0xffff;
  const aHi = a >>> 16;
  const bLo = b & 0xffff;
  const bHi = b >>> 16;
  const mid1 = aHi * bLo + ((aLo * bLo) >>> 16);
  const mid2 = aLo * bHi + (mid1 & 0xffff);
  return (aHi * bHi + Math.floor(mid1 / 0x10000) + Math.floor(mid2 / 0x10000)) >>> 0;
}

/** One element of an address: a whole number in [0, 2^53) or a short name such as 'rollout'. */
export type AddressPart = number | string;

/** A node in the tree of random numbers. Immutable: `at` returns a child, draws take an index. */
export class Random {
  private readonly block = new Uint32Array(4);
  private constructor(
    private readonly k0: number,
    private readonly k1: number,
    /** The address, for messages and for provenance in ledgers. */
    readonly path: string,
  ) {}

  /** The root of a run's random numbers. `seed`: a whole number in [0, 2^53). */
  static of(seed: number): Random {
    return new Random(0x534f4152, 0x2e763100, '').at(seed);
  }

  /** The child at `parts`; equal paths give equal numbers, different paths give independent ones. */
  at(...parts: AddressPart[]): Random {
    let k0 = this.k0;
    let k1 = this.k1;
    let path = this.path;
    const out = this.block;
    for (const part of parts) {
      if (typeof part === 'number') {
        if (!Number.isSafeInteger(part) || part < 0) {
          throw new RangeError(`random address: expected a whole number in [0, 2^53), got ${part}`);
        }
        philox4x32(part >>> 0, Math.floor(part / 0x100000000), 0, 1, k0, k1, out);
        k0 = out[0]!;
        k1 = out[1]!;
      } else {
        for (let i = 0; i < part.length; i++) {
          philox4x32(part.charCodeAt(i), i, part.length, 2, k0, k1, out);
          k0 = out[0]!;
          k1 = out[1]!;
        }
      }
      path = path === '' ? String(part) : `${path}/${part}`;
    }
    return new Random(k0, k1, path);
  }

  /** 32 random bits, the draw with this index: a whole number in [0, 2^32). */
  uint32(index: number): number {
    philox4x32(index >>> 2, 0, 0, 3, this.k0, this.k1, this.block);
    return this.block[index & 3]!;
  }

  /** Uniform in [0, 1) with 24 random bits: exactly representable in float32, so it never rounds up to 1. */
  uniform(index: number): number {
    return (this.uint32(index) >>> 8) / 0x1000000;
  }

  /** Uniform whole number in [0, bound); `bound` at most 2^31. The bias is below bound / 2^53. */
  integer(index: number, bound: number): number {
    const high = this.uint32(2 * index) >>> 5;
    const low = this.uint32(2 * index + 1) >>> 6;
    return Math.floor(((high * 0x4000000 + low) / 0x20000000000000) * bound);
  }

  /** Standard normal: Box-Muller on the first two words of block `index`, in a namespace of its own. */
  normal(index: number): number {
    philox4x32(index, 0, 0, 4, this.k0, this.k1, this.block);
    const radius = Math.sqrt(-2 * Math.log((this.block[0]! + 0.5) / 0x100000000));
    return radius * Math.cos((2 * Math.PI * this.block[1]!) / 0x100000000);
  }

  /** A seeded permutation of 0..count-1 (Fisher-Yates). */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i, i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
