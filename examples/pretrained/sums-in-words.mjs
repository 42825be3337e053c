/**
 * Sums of two and three numbers in words, as problem files: the pool of docs/experiments/2026-11-30-smollm2.md.
 *
 *   node examples/pretrained/sums-in-words.mjs TERMS DIGITS COUNT FIRST > pool.jsonl
 *
 * Prints COUNT distinct sums of TERMS numbers of up to DIGITS digits, from the FIRST on. No random numbers: the k-th
 * sum is always the same, so that pools that begin at different places share none.
 */
const ones = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ' +
  'seventeen eighteen nineteen'
).split(' ');
const tens = ' - twenty thirty forty fifty sixty seventy eighty ninety'.trimStart().split(' ');

function inWords(n) {
  if (n < 20) return ones[n];
  return tens[Math.floor(n / 10) - 1] + (n % 10 === 0 ? '' : `-${ones[n % 10]}`);
}

const [terms, digits, count, first] = process.argv.slice(2).map(Number);
const [least, range] = digits === 1 ? [1, 9] : [10, 89];
const all = range ** terms;
/** A prime that divides no number of sums, so that its multiples pass over each of them once. */
const STRIDE = 7919;
for (let k = first; k < first + count; k++) {
  const place = (k * STRIDE) % all;
  const numbers = Array.from({ length: terms }, (_, i) => least + (Math.floor(place / range ** i) % range));
  const question = `What is ${numbers.map(inWords).join(' plus ')}?`;
  const answer = String(numbers.reduce((a, b) => a + b, 0));
  process.stdout.write(`${JSON.stringify({ id: `sum-${terms}x${digits}-${k}`, question, answer })}\n`);
}
