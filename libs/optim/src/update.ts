/**
 * The AdamW update over plain arrays, in one pass and in place. As nodes of a graph each of its dozen operations is a
 * pass over memory as large as the model, and JavaScript rounds to float32 by way of float64, one element at a time; so
 * it is done in WebAssembly, on blocks that fit into a core's cache.
 */
import { adamwModule, BLOCK } from './adamw-module.js';
import type { AdamWScalars } from './adamw.js';

/** Arrays of one length. An update writes all but the gradient. */
export interface AdamWArrays {
  readonly parameter: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly gradient: Float32Array;
}

// What is used of WebAssembly, whose declarations are in TypeScript's library for browsers alone.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly update: (bytes: number, ...scalars: readonly number[]) => void;
    };
  };
};

const { memory, update } = new WebAssembly.Instance(new WebAssembly.Module(adamwModule())).exports;

/**
 * One update of one parameter; the scalars are rounded to float32, and so is every intermediate. `scale` multiplies the
 * gradient; `decays`: whether the parameter has weight decay.
 */
export function updateAdamW(
  { parameter, m, v, gradient }: AdamWArrays,
  s: AdamWScalars,
  { scale, decays }: { readonly scale: number; readonly decays: boolean },
): void {
  const decay = decays ? s.weightDecay : 0;
  const rates = [s.oneMinusBeta1, s.oneMinusBeta2, s.correction1, s.correction2];
  const scalars = [scale, ...rates, s.epsilon, decay, s.learningRate];
  const arrays = [parameter, m, v, gradient];
  for (let from = 0; from < parameter.length; from += BLOCK) {
    const parts = arrays.map((array) => array.subarray(from, from + BLOCK));
    const { length } = parts[0]!;
    const blocks = parts.map((_, i) => new Float32Array(memory.buffer, 4 * BLOCK * i, length));
    parts.forEach((part, i) => blocks[i]!.set(part));
    update(4 * length, ...scalars);
    for (let i = 0; i < 3; i++) parts[i]!.set(blocks[i]!);
  }
}
