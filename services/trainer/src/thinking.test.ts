/** Thoughts within a budget, of a scripted model that is looked at after any number of tokens, and of a real one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Schedule } from '@soar/contracts';
import { readModelConfig, type Completion, type RolloutRequest } from '@soar/runtime';
import { Tokenizer } from '@soar/tokenizer';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';
import { drawAnswers, type ThinkBudget } from './thinking.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

const END = 260;
const CLOSING = '\n</think>\n\n';

/** A model that writes the text of a row's path, and ends it; it is looked at every `step` tokens. */
function scripted(tokenizer: Tokenizer, texts: Readonly<Record<string, string>>, step: number) {
  return (request: RolloutRequest): Promise<Completion[]> => {
    const { rows, sampling, endsWith } = request;
    const completions = rows.map(({ path }) => {
      const whole = Int32Array.of(...tokenizer.encode(texts[path]!, { bos: false }), END);
      const most = whole.subarray(0, sampling.maxNewTokens);
      let drawn = step;
      while (drawn < most.length && endsWith?.(most.subarray(0, drawn)) !== true) drawn += step;
      const tokens = most.slice(0, drawn);
      return { tokens, logprobs: new Float32Array(tokens.length).fill(-1), stopped: tokens.at(-1) === END };
    });
    return Promise.resolve(completions);
  };
}

test('a thought that is too long is cut and closed, whenever it is looked at; others are as they were', async () => {
  const model = {
    tokenizer: await Tokenizer.fromFolder(join(site.folder, 'bytes'), { eosIds: [END] }),
    config: readModelConfig(join(site.folder, 'bytes')),
  };
  const ids = (text: string): number[] => model.tokenizer.encode(text, { bos: false });
  const budget: ThinkBudget = { tokensMax: 12, closing: ids(CLOSING) };
  const prompts = ['Q', 'Q<think>\n'].map(ids);
  const cases = [
    { prompt: 0, path: 'short', text: '<think>a</think>4', expected: '<think>a</think>4' },
    { prompt: 0, path: 'long', text: '<think>abcdefghijkl</think>4', expected: `<think>abcde${CLOSING}5` },
    {
      prompt: 0,
      path: 'none',
      text: 'It is simply 4, as anyone sees.',
      expected: 'It is simply 4, as anyone sees.',
    },
    { prompt: 0, path: 'ends', text: '<think>abcd', expected: '<think>abcd' },
    { prompt: 1, path: 'opened', text: '012345678901234</think>4', expected: `012345678901${CLOSING}5` },
    { prompt: 1, path: 'closed', text: 'abc</think>4', expected: 'abc</think>4' },
    { prompt: 0, path: 'stops', text: '<think>#abcdefghijkl', expected: '<think>' },
  ];
  const answers = cases.map(({ path }) => [`${path}/answer`, '5'] as const);
  const texts = Object.fromEntries([...cases.map(({ path, text }) => [path, text] as const), ...answers]);
  const request = {
    prompts,
    rows: cases.map(({ prompt, path }) => ({ prompt, path })),
    seed: 1,
    sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 60, stopIds: [END] },
  };
  for (const step of [1, 5, 16]) {
    const drawn = await drawAnswers(scripted(model.tokenizer, texts, step), request, model, ['#'], budget);
    assert.deepEqual(
      drawn.map(({ text }) => text),
      // Without a budget the tag of a short thought may lie behind twelve tokens: it is closed here as well.
      cases.map(({ path, expected }) => (path === 'short' ? `<think>a</th${CLOSING}5` : expected)),
      `looked at every ${step} tokens`,
    );
    const inserted = { begin: 12, end: 12 + budget.closing.length };
    for (const [i, { path }] of cases.entries()) {
      const isCut = ['short', 'long', 'opened'].includes(path);
      assert.deepEqual(drawn[i]!.inserted, isCut ? inserted : undefined, path);
      if (!isCut) continue;
      const { tokens, logprobs } = drawn[i]!;
      assert.deepEqual([...tokens.subarray(inserted.begin, inserted.end)], budget.closing);
      assert.deepEqual([...logprobs.subarray(inserted.begin)], [...budget.closing.map(() => 0), -1, -1]);
    }
  }
});

const sampling = { temperature: 1, maxNewTokens: 40, think: { tokensMax: 8 } };

test('a model’s thoughts are closed at the budget, and what was put in is neither sampled nor trained on', async () => {
  const ask = { checkpoint: site.bytes, prompts: ['2+2?<think>'], samplesPerPrompt: 4, sampling };
  const { completions, promptTokenIds } = await trainer.client.generate(ask);
  assert.deepEqual(await trainer.client.generate(ask).then((again) => again.completions), completions);
  const cut = completions.filter(({ inserted }) => inserted !== undefined);
  assert.ok(cut.length > 0);
  for (const { text, logprobs, inserted } of cut) {
    assert.ok(text.includes(CLOSING));
    const { begin, end } = inserted!;
    assert.equal(begin, 8);
    logprobs.forEach((logprob, t) => assert.equal(logprob === 0, t >= begin && t < end));
  }
  const { tokenIds } = cut[0]!;
  const update = (id: string, inserted: { begin: number; end: number }) =>
    trainer.client.updatePolicy({
      id,
      base: site.bytes,
      rollouts: [{ promptTokenIds: promptTokenIds[0]!.ids, tokenIds, advantage: 1, inserted }],
      divisor: 1,
      temperature: 1,
      optimizer: { learningRate: 0.01, schedule: Schedule.CONSTANT },
    });
  assert.ok((await update('think/some', cut[0]!.inserted!)).gradientNorm > 0);
  assert.equal((await update('think/all', { begin: 0, end: tokenIds.length })).gradientNorm, 0);
  await assert.rejects(update('think/beyond', { begin: 0, end: tokenIds.length + 1 }), /inserted: 0 to/);
});

test('a budget that leaves no answer, and one of a stream, are refused', async () => {
  const whole = { ...sampling, think: { tokensMax: 39 } };
  const ask = { checkpoint: site.bytes, prompts: ['2'], samplesPerPrompt: 1, sampling: whole };
  await assert.rejects(
    trainer.client.generate(ask),
    /think\.tokens_max: 39 tokens .* leave none of max_new_tokens \(40\)/,
  );
  const stream = trainer.client.streamGenerate({ checkpoint: site.bytes, prompt: '2', sampling });
  await assert.rejects(async () => {
    for await (const token of stream) assert.fail(JSON.stringify(token));
  }, /a stream has no budget for thoughts/);
});
