/**
 * Judges JSONL rows from stdin ({gold, response, and options by name}) with libs/verify and writes
 * {"correct": boolean, "ms": number} lines. Started by compare.py; there is no cache, so after one
 * round that warms up the compiler each row is timed as the fastest of five.
 */
import { readFileSync } from 'node:fs';
import { readOptions, verify } from '../../libs/verify/dist/index.js';

const rows = readFileSync(0, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
for (const row of rows) verify(row.gold, row.response); // warm up, as imports do for the other side
for (const { gold, response, options: own = {}, strict, precision, precision_abs } of rows) {
  const given = Object.entries({ strict, precision, precision_abs, ...own }).filter(
    ([, value]) => value !== undefined,
  );
  const { options } = readOptions(Object.fromEntries(given));
  let best = Infinity;
  let verdict = '';
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    verdict = verify(gold, response, options).verdict;
    best = Math.min(best, performance.now() - started);
  }
  console.log(JSON.stringify({ correct: verdict === 'CORRECT', ms: best }));
}
