/** The reference rate: ONNX Runtime's own matrix product on this machine, one thread, float32. */
import { encodeModel, gemm, Graph } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';
import { float32 } from '../worker/tensors.js';

/** Sizes [m, k, n] of which the best rate counts; small, tall and square. */
const GEMM_SIZES: readonly (readonly [number, number, number])[] = [
  [512, 64, 64],
  [512, 64, 352],
  [2048, 64, 64],
  [512, 128, 128],
  [512, 128, 704],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
];

const ONE_THREAD = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
} as const;

/** A product of matrices, ready to run; each run does `flops` floating-point operations. */
export async function makeGemm([m, k, n]: readonly [number, number, number]): Promise<{
  readonly flops: number;
  run(): Promise<unknown>;
}> {
  const graph = new Graph('gemm');
  graph.output('y', gemm(graph.input('a', 'float32', [m, k]), graph.input('b', 'float32', [k, n])));
  const session = await InferenceSession.create(encodeModel(graph), ONE_THREAD);
  const fill = (rows: number, columns: number) =>
    float32(
      Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
      [rows, columns],
    );
  const feeds = { a: fill(m, k), b: fill(k, n) };
  return { flops: 2 * m * k * n, run: () => session.run(feeds) };
}

/** Best rate over the sizes, in GFLOP/s, and each size's. */
export async function gemmRates(): Promise<{
  readonly best: number;
  readonly bySize: Record<string, number>;
}> {
  const bySize: Record<string, number> = {};
  for (const size of GEMM_SIZES) {
    const product = await makeGemm(size);
    const repeats = Math.max(1, Math.round(3e8 / product.flops));
    const ms = await bestMs(5, async () => {
      for (let i = 0; i < repeats; i++) await product.run();
    });
    bySize[size.join('x')] = (product.flops * repeats) / ms / 1e6;
  }
  return { best: Math.max(...Object.values(bySize)), bySize };
}

/** The shortest of `rounds` timings after a warm-up, in milliseconds. */
export async function bestMs(rounds: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  let best = Infinity;
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
