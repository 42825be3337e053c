/**
 * Holds this software against reference.py, which says how both are run: token ids and greedy continuations must be
 * equal, log-probabilities within 1e-4. Prints one line a fact; exit code 1 if one does not hold. Not part of CI.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ModelPool, readModelConfig, runtimeSettings } from '@soar/runtime';
import { Tokenizer } from '@soar/tokenizer';

const TOLERANCE = 1e-4;
const NEW_TOKENS = 24;
const MEMORY_BYTES = 12 * 2 ** 30;

const [, , folder, file] = process.argv;
if (folder === undefined || file === undefined) {
  process.stderr.write('usage: node test/pretrained/compare.mjs MODEL_FOLDER reference.json\n');
  process.exit(2);
}
const { texts, greedy, ...versions } = JSON.parse(readFileSync(file, 'utf8'));
const config = readModelConfig(folder);
const tokenizer = await Tokenizer.fromFolder(folder, {
  eosIds: config.eosTokenIds,
  modelVocabSize: config.vocabSize,
});

function fact(holds, text) {
  process.stdout.write(`${holds ? 'ok    ' : 'NOT OK'} ${text}\n`);
  if (!holds) process.exitCode = 1;
}

process.stdout.write(`transformers ${versions.transformers}, torch ${versions.torch}\n`);
for (const { text, ids } of texts) {
  const found = tokenizer.encode(text, { bos: true });
  fact(isDeepStrictEqual([...found], ids), `token ids of a text of ${ids.length} tokens`);
}
const pool = new ModelPool(runtimeSettings({ workers: 1, memoryBytesMax: MEMORY_BYTES }));
await pool.run(async (worker) => {
  await worker.load('model', folder);
  const scores = await worker.score(
    'model',
    texts.map(({ ids }) => Int32Array.from(ids)),
    1,
  );
  const differences = texts.flatMap(({ logprobs }, i) =>
    logprobs.map((expected, t) => Math.abs(expected - scores[i][t + 1])),
  );
  const worst = Math.max(...differences);
  fact(
    worst < TOLERANCE,
    `log-probabilities of ${differences.length} tokens within ${worst.toExponential(1)}`,
  );
  const request = {
    prompts: greedy.map(({ ids }) => ids),
    rows: greedy.map((_, i) => ({ prompt: i, path: String(i) })),
    seed: 0,
    sampling: { temperature: 0, topK: 0, topP: 1, maxNewTokens: NEW_TOKENS, stopIds: config.eosTokenIds },
  };
  const completions = await worker.sample('model', request, config);
  completions.forEach(({ tokens }, i) => {
    const { prompt, continuation } = greedy[i];
    fact(isDeepStrictEqual([...tokens], continuation), `greedy continuation of ${JSON.stringify(prompt)}`);
  });
});
await pool.close();
