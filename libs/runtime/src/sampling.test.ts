import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Random } from '@soar/core';
import type { Completion } from './completions.js';
import { ModelPool } from './model-pool.js';
import type { RolloutRequest } from './rollout-units.js';
import { WORK_SHAPES_DEFAULT, type WorkShapes } from './settings.js';
import { reference, sampling, settings, tinyConfig, tinyFolder } from './testing.fixture.js';

const pool = new ModelPool(settings());
/** Its next jobs are cut as `withShapes` says. */
const other = new ModelPool(settings());
after(() => Promise.all([pool.close(), other.close()]));
const { rolloutRows } = WORK_SHAPES_DEFAULT;
const tiny = { handle: 'tiny', folder: tinyFolder };

/** A pool with other shapes. They go along with every job, so that one worker, and its sessions, do for all of them. */
function withShapes(shapes: Partial<WorkShapes>): ModelPool {
  Object.assign(other.settings, { shapes: { ...WORK_SHAPES_DEFAULT, ...shapes } });
  return other;
}

/** `count` rows on each of `prompts`, addressed "<prompt>/<sample>". */
function requestOf(
  prompts: readonly number[][],
  count: number,
  more: Partial<RolloutRequest> = {},
): RolloutRequest {
  const rows = prompts.flatMap((_, p) =>
    Array.from({ length: count }, (_, s) => ({ prompt: p, path: `p${p}/${s}` })),
  );
  return { prompts, rows, seed: 5, sampling, ...more };
}

/** The rows that draw longest, as many as fill units of `size` and begin others: one unit is as good as another. */
function longestRows(of: readonly Completion[], size: number): number[] {
  const rows = [...of.keys()].sort((a, b) => of[b]!.tokens.length - of[a]!.tokens.length || a - b);
  return rows.slice(0, 3 * size + 3).sort((a, b) => a - b);
}

const prompts = [
  [1, 5, 9],
  [1, 7],
  [1, ...Array.from({ length: 20 }, (_, i) => (i % 20) + 3)],
];

test("scores match PyTorch's", async () => {
  const tokens = Int32Array.from(reference.tokens);
  const [logprobs] = await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    return worker.score('tiny', [tokens], 1);
  });
  assert.equal(logprobs![0], 0);
  reference.nextLogprobs.forEach((expected, t) => {
    assert.ok(Math.abs(logprobs![t + 1]! - expected) < 1e-4, `token ${t + 1}`);
  });
});

test("mean hidden states match PyTorch's, whatever texts share the batch", async () => {
  const tokens = Int32Array.from(reference.tokens);
  const others = [3, 1, 30, 11].map((length) => Int32Array.from({ length }, (_, t) => 3 + (t % 20)));
  const [alone, beside] = await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    return [
      (await worker.embed('tiny', [tokens]))[0]!,
      (await worker.embed('tiny', [...others, tokens, ...others])).at(4)!,
    ];
  });
  assert.equal(alone.length, reference.meanHidden.length);
  for (const found of [alone, beside])
    reference.meanHidden.forEach((expected, d) => {
      assert.ok(Math.abs(found[d]! - expected) < 1e-5, `component ${d}: ${found[d]}, expected ${expected}`);
    });
});

test('log-probabilities of sampled tokens equal their scores', async () => {
  const request = requestOf(prompts, 8, { sampling: { ...sampling, temperature: 0.7 } });
  await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    const completions = await worker.sample('tiny', request, tinyConfig);
    const texts = completions.map(({ tokens }, i) =>
      Int32Array.of(...prompts[request.rows[i]!.prompt]!, ...tokens),
    );
    const scores = await worker.score('tiny', texts, 0.7);
    completions.forEach(({ tokens, logprobs }, i) => {
      const own = scores[i]!.slice(-tokens.length);
      own.forEach((score, t) => assert.ok(Math.abs(score - logprobs[t]!) < 1e-4));
    });
    assert.ok(new Set(completions.map(({ tokens }) => tokens.join())).size > 12);
  });
});

test('long prompts are read in chunks: logprobs equal scores, whatever else the unit holds', async () => {
  const long = [41, 48, 37].map((length) => Array.from({ length }, (_, t) => 3 + ((t * t + length) % 20)));
  for (const own of [{}, { kvHeads: 1 }, { windows: [0, 21] }]) {
    const config = { ...tinyConfig, ...own };
    const draw = (prompts: readonly number[][], rows: number[]): Promise<Completion[]> => {
      // The padded length is 48.
      return withShapes({ promptChunk: 16 }).run(async (worker) => {
        await worker.initialise({ handle: 'own', config, seed: 3, path: 'initial', std: 0.2 });
        const request = requestOf(prompts, 2);
        const all = { ...request, rows: rows.map((row) => request.rows[row]!) };
        const completions = await worker.sample('own', all, config);
        const texts = completions.map(({ tokens }, i) =>
          Int32Array.of(...prompts[all.rows[i]!.prompt]!, ...tokens),
        );
        const scores = await worker.score('own', texts, sampling.temperature);
        completions.forEach(({ tokens, logprobs }, i) => {
          const scored = scores[i]!.slice(-tokens.length);
          scored.forEach((score, t) => assert.ok(Math.abs(score - logprobs[t]!) < 1e-4, `${i}, ${t}`));
        });
        return completions;
      });
    };
    const all = await draw(long, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(await draw(long, [3]), [all[3]]);
    assert.deepEqual(await draw(long, [5, 0]), [all[5], all[0]]);
  }
});

test('a completion ends with its stop token or at the length limit', async () => {
  const completions = await pool.sample(tiny, requestOf(prompts, 32), tinyConfig);
  assert.ok(completions.some(({ stopped }) => stopped) && completions.some(({ stopped }) => !stopped));
  for (const { tokens, stopped } of completions) {
    assert.equal(tokens.indexOf(2), stopped ? tokens.length - 1 : -1);
    if (!stopped) assert.equal(tokens.length, sampling.maxNewTokens);
  }
});

test('positions run out: a row is cut where the model has no more of them', async () => {
  const long = [1, ...Array.from({ length: 59 }, () => 4)];
  const request = requestOf([long, [1, 4]], 4, { sampling: { ...sampling, stopIds: [] } });
  const lengths = (await pool.sample(tiny, request, tinyConfig)).map(({ tokens }) => tokens.length);
  assert.deepEqual(lengths, [4, 4, 4, 4, 24, 24, 24, 24]);
});

test('a row does not depend on the rest of the request, nor on the unit it is in', async () => {
  const all = await pool.sample(tiny, requestOf(prompts, 70), tinyConfig);
  const alone = (row: number): Promise<Completion[]> =>
    pool.sample(tiny, { ...requestOf(prompts, 70), rows: [requestOf(prompts, 70).rows[row]!] }, tinyConfig);
  for (const row of [0, 1, 69, 70, 127, 128, 200, 209]) assert.deepEqual((await alone(row))[0], all[row]);
  for (const size of rolloutRows) {
    const request = requestOf(prompts, 70);
    const some = longestRows(all, size);
    const rows = some.map((row) => request.rows[row]!);
    assert.deepEqual(
      await withShapes({ rolloutRows: [size] }).sample(tiny, { ...request, rows }, tinyConfig),
      some.map((row) => all[row]),
      `units of ${size}`,
    );
  }
});

test('samples that draw the same share rows until they part, and draw what each draws alone', async () => {
  const peaked = requestOf(prompts, 24, { sampling: { ...sampling, temperature: 0.2, maxNewTokens: 40 } });
  const together = await pool.sample(tiny, peaked, tinyConfig);
  const texts = (length: number): number =>
    new Set(together.map(({ tokens }, row) => [peaked.rows[row]!.prompt, ...tokens.slice(0, length)].join()))
      .size;
  assert.ok(texts(2) <= 24 && texts(40) > texts(2), `${texts(2)} of ${together.length}, then ${texts(40)}`);
  const alone = withShapes({ rolloutRows: [2] });
  assert.deepEqual(await alone.sample(tiny, peaked, tinyConfig), together);
});

for (const [what, config] of Object.entries({
  // Kernels choose their path by shape: a property at width 16 need not hold at width 64.
  'of a wider model': { hiddenSize: 64, intermediateSize: 176, layers: 3, heads: 4, headDim: 16 },
  'over a wide vocabulary': { vocabSize: 4096 },
  'with windows shorter than the text': { windows: [0, 5] },
})) {
  test(`rows ${what} do not depend on the unit they are in, nor on who leaves it`, async () => {
    const whole = { ...tinyConfig, maxPositionEmbeddings: 128, ...config };
    // 50 tokens fill a block three times; one in nine tokens ends a row, so that few see the third.
    const stopIds = Array.from({ length: Math.floor(whole.vocabSize / 9) }, (_, i) => 9 * i + 2);
    const request = requestOf(prompts, 30, { sampling: { ...sampling, maxNewTokens: 50, stopIds } });
    const draw = (rolloutRows: readonly number[], some = [...request.rows.keys()]) =>
      withShapes({ rolloutRows }).run(async (worker) => {
        await worker.initialise({ handle: 'own', config: whole, seed: 3, path: 'initial', std: 0.2 });
        const rows = some.map((row) => request.rows[row]!);
        return worker.sample('own', { ...request, rows }, whole);
      });
    // A width of its own takes kernels of its own, so it tries every size; the others are about what a row reads.
    const sizes = whole.hiddenSize === tinyConfig.hiddenSize ? [2, 6, 24, 128] : rolloutRows;
    const expected = await draw([64]); // one size: nobody leaves
    assert.ok(expected.some(({ tokens }) => tokens.length > 32) && expected.some(({ stopped }) => stopped));
    assert.deepEqual(await draw(rolloutRows), expected, 'all sizes');
    for (const size of sizes) {
      const some = longestRows(expected, size);
      assert.deepEqual(
        await draw([size], some),
        some.map((row) => expected[row]),
        `units of ${size}`,
      );
    }
  });
}

test('a token is the first whose cumulative probability exceeds its uniform number', async () => {
  for (const vocabSize of [24, 2048]) {
    const config = { ...tinyConfig, vocabSize };
    const request = requestOf([[1, 5]], 64, { sampling: { ...sampling, maxNewTokens: 1 } });
    const { drawn, scores } = await pool.run(async (worker) => {
      await worker.initialise({ handle: 'wide', config, seed: 3, path: 'initial', std: 0.5 });
      const texts = Array.from({ length: vocabSize }, (_, token) => Int32Array.of(1, 5, token));
      return {
        drawn: await worker.sample('wide', request, config),
        scores: await worker.score('wide', texts, 1),
      };
    });
    let sum = 0;
    const cumulative = scores.map((score) => (sum += Math.exp(score[2]!)));
    drawn.forEach(({ tokens }, row) => {
      const uniform = Random.of(5).at('p0', `${row}`).uniform(0);
      const [before, until] = [cumulative[tokens[0]! - 1] ?? 0, cumulative[tokens[0]!]!];
      assert.ok(before - 1e-5 < uniform && uniform < until + 1e-5, `row ${row}: ${uniform}`);
    });
    assert.ok(new Set(drawn.map(({ tokens }) => tokens[0])).size > 12);
  }
});

test('results do not depend on the number of workers', async () => {
  const two = new ModelPool(settings({ workers: 2 }));
  const request = requestOf(prompts, 100);
  assert.deepEqual(await two.sample(tiny, request, tinyConfig), await pool.sample(tiny, request, tinyConfig));
  await two.close();
});

test('greedy decoding needs no random numbers', async () => {
  const greedy = { ...sampling, temperature: 0 };
  const one = await pool.sample(tiny, requestOf(prompts, 1, { sampling: greedy }), tinyConfig);
  const other = await pool.sample(tiny, requestOf(prompts, 1, { sampling: greedy, seed: 6 }), tinyConfig);
  assert.deepEqual(one, other);
});

test('a stream draws the tokens that the batch draws, truncated sampling too', async () => {
  for (const truncation of [{}, { topK: 5, topP: 0.9 }]) {
    const how = { ...sampling, maxNewTokens: 40, stopIds: [], ...truncation };
    const request = requestOf(prompts, 1, { sampling: how });
    const expected = await pool.sample(tiny, request, tinyConfig);
    for (const [i, { prompt, path }] of request.rows.entries()) {
      const drawn = await pool.run(async (worker) => {
        await worker.load({ handle: 'tiny', folder: tinyFolder });
        const row = { prompt: prompts[prompt]!, path, seed: 5 };
        const tokens: number[] = [];
        for await (const { token } of worker.stream('tiny', row, how, tinyConfig)) tokens.push(token);
        return tokens;
      });
      assert.deepEqual(drawn, [...expected[i]!.tokens]);
    }
  }
});

test('prompts that the model cannot read are refused by number', async () => {
  const refuses = (bad: number[], message: RegExp): Promise<void> =>
    assert.rejects(pool.sample(tiny, requestOf([[1], bad], 1), tinyConfig), message);
  await refuses([], /prompt 1: it has no tokens/);
  await refuses([1, 24], /prompt 1: token 1 is 24, expected an id from 0 to 23/);
  await refuses(new Array<number>(64).fill(1), /prompt 1: 64 tokens leave no room/);
});

test('rows that end by a rule of the request draw what they draw without it, and leave', async () => {
  const request = requestOf(prompts, 6, { sampling: { ...sampling, maxNewTokens: 30, stopIds: [] } });
  const config = tinyConfig;
  const free = await pool.sample(tiny, request, config);
  const endsWith = (tokens: Int32Array): boolean => tokens.some((id) => id % 5 === 0);
  const ended = await pool.sample(tiny, { ...request, endsWith }, config);
  ended.forEach(({ tokens, logprobs, stopped }, i) => {
    assert.deepEqual(tokens, free[i]!.tokens.slice(0, tokens.length));
    assert.deepEqual(logprobs, free[i]!.logprobs.slice(0, tokens.length));
    assert.equal(stopped, endsWith(free[i]!.tokens));
  });
  const at = await pool.sample(tiny, { ...request, endsWith: () => true }, config);
  assert.ok(at.every(({ tokens, stopped }) => stopped && tokens.length === 1));
});
