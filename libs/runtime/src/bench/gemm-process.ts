/** One GEMM process: multiplies for the given number of seconds and prints its rate in GFLOP/s. */
import { makeGemm } from './gemm.js';

const seconds = Number(process.argv[2] ?? '4');
const product = await makeGemm([512, 128, 704]);
await product.run();
const start = performance.now();
let runs = 0;
while (performance.now() - start < 1000 * seconds) {
  await product.run();
  runs++;
}
process.stdout.write(String((product.flops * runs) / (performance.now() - start) / 1e6));
