/** Scores of given texts against what the sampler says of the tokens that it drew. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ScoredText } from '@soar/contracts';
import { greedy, sampling } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

const numbers = ({ tokens }: ScoredText): (number | undefined)[] => tokens.map(({ logprob }) => logprob);

test("scores are the sampler's own log-probabilities, at its temperature", async () => {
  for (const checkpoint of [site.characters, site.bytes]) {
    const ask = {
      checkpoint,
      prompts: ['123+456='],
      samplesPerPrompt: 16,
      random: { seed: 4, path: 'score' },
    };
    const drawn = await trainer.client.generate({ ...ask, sampling: { ...sampling, temperature: 0.7 } });
    const [prompt] = drawn.promptTokenIds;
    const tokenIds = drawn.completions.map(({ tokenIds }) => ({ ids: [...prompt!.ids, ...tokenIds] }));
    const { texts } = await trainer.client.score({ checkpoint, tokenIds, temperature: 0.7 });
    drawn.completions.forEach(({ logprobs }, i) => {
      const own = numbers(texts[i]!).slice(prompt!.ids.length);
      assert.equal(own.length, logprobs.length);
      own.forEach((logprob, t) => assert.ok(Math.abs(logprob! - logprobs[t]!) < 1e-4, `${i}, ${t}`));
    });
  }
});

test('the token that greedy decoding draws is the most likely one, with the same number', async () => {
  const ask = { checkpoint: site.bytes, samplesPerPrompt: 1, sampling: greedy };
  const drawn = await trainer.client.generate({ ...ask, prompts: ['the'] });
  const ids = [...drawn.promptTokenIds[0]!.ids, ...drawn.completions[0]!.tokenIds];
  const { texts } = await trainer.client.score({ checkpoint: site.bytes, tokenIds: [{ ids }], top: 3 });
  const { tokens } = texts[0]!;
  for (const { isGreedy, tokenId, logprob, top } of tokens.slice(-drawn.completions[0]!.tokenIds.length)) {
    assert.ok(isGreedy);
    assert.deepEqual([top[0]!.tokenId, top[0]!.logprob], [tokenId, logprob]);
    assert.equal(top.length, 3);
    assert.ok(top[0]!.logprob >= top[1]!.logprob && top[1]!.logprob >= top[2]!.logprob);
    assert.equal(new Set(top.map((each) => each.tokenId)).size, 3);
  }
  assert.ok(tokens.some(({ isGreedy }) => !isGreedy));
});

test('all tokens of a place have probabilities that add up to 1', async () => {
  const request = { checkpoint: site.characters, texts: ['123'], top: 20 };
  const { vocabSize } = await trainer.client.getCheckpoint({ checkpoint: site.characters });
  const { texts } = await trainer.client.score(request);
  const { top } = texts[0]!.tokens[2]!;
  assert.equal(top.length, Math.min(20, vocabSize));
  const mass = top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
  assert.ok(mass > 0.9 && mass < 1 + 1e-5, `${mass} for ${top.length} of ${vocabSize} tokens`);
});

test('the numbers of a text do not depend on the others of its request', async () => {
  const texts = ['the he', 'h', 'a much longer text with the the', 'the ha'];
  const all = await trainer.client.score({ checkpoint: site.bytes, texts, top: 2 });
  for (const [i, text] of texts.entries()) {
    const alone = await trainer.client.score({ checkpoint: site.bytes, texts: [text], top: 2 });
    assert.deepEqual(alone.texts[0], all.texts[i]);
  }
});

test('tokens come with their texts and where these begin; nothing predicts the first', async () => {
  const [text] = (await trainer.client.score({ checkpoint: site.bytes, texts: ['a é the'] })).texts;
  assert.equal(text!.text, 'a é the');
  assert.deepEqual(
    text!.tokens.map(({ text, textOffset }) => [text, textOffset]),
    [
      ['<|begin|>', 0],
      ['a', 0],
      [' ', 1],
      ['\ufffd', 2],
      ['\ufffd', 2],
      [' the', 3],
    ],
  );
  assert.deepEqual([text!.tokens[0]!.logprob, text!.tokens[0]!.isGreedy], [undefined, false]);
  const given = await trainer.client.score({ checkpoint: site.bytes, tokenIds: [{ ids: [104] }] });
  assert.equal(given.texts[0]!.tokens.length, 1, 'nothing is put before tokens');
});

test('what cannot be scored is refused by its field', async () => {
  const ask = (more: object): Promise<unknown> =>
    trainer.client.score({ checkpoint: site.characters, ...more });
  await assert.rejects(ask({}), /expected texts or token_ids, not both/);
  await assert.rejects(ask({ texts: ['1'], tokenIds: [{ ids: [1] }] }), /expected texts or token_ids/);
  await assert.rejects(ask({ texts: ['1'.repeat(65)] }), /texts\[0\]: 65 tokens, expected 1 to 64/);
  await assert.rejects(ask({ tokenIds: [{ ids: [1] }, { ids: [1, 900] }] }), /token_ids\[1\]: token 900/);
  await assert.rejects(ask({ tokenIds: [{ ids: [] }] }), /token_ids\[0\]: 0 tokens/);
  await assert.rejects(ask({ texts: ['1'], top: 21 }), /top/);
  const many = Array.from({ length: 300 }, () => '1'.repeat(60));
  await assert.rejects(ask({ texts: many, top: 20 }), /18000 tokens with 20 likely ones .* at most 12483/);
});

test('checkpoints are listed by key, in pages', async () => {
  const first = await trainer.client.listCheckpoints({ pageSize: 1 });
  assert.deepEqual(
    first.checkpoints.map(({ key, sha256 }) => ({ key, sha256 })),
    [site.bytes],
  );
  const { checkpoints, nextPageToken } = await trainer.client.listCheckpoints({
    pageSize: 1,
    pageToken: first.nextPageToken,
    keyPrefix: 'models',
  });
  assert.deepEqual([checkpoints.map(({ key }) => key), nextPageToken], [[site.characters.key], '']);
  assert.deepEqual((await trainer.client.listCheckpoints({ keyPrefix: 'none' })).checkpoints, []);
});
