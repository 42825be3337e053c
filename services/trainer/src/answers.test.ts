import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FinishReason } from '@soar/contracts';
import { greedy, problems, sampling } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

test('an evaluation has an outcome for every problem, in their order, whatever else is asked', async () => {
  const random = { seed: 1, path: 'evaluation/0' };
  const of = (chosen: typeof problems, settings = sampling, samplesPerProblem = 40) =>
    trainer.client.evaluate({
      checkpoint: site.characters,
      domain: 'arithmetic',
      spec: { problems: chosen, samplesPerProblem, sampling: settings, random },
    });
  const all = await of(problems);
  assert.deepEqual(all.evaluation!.checkpoint!.sha256, site.characters.sha256);
  assert.deepEqual(
    all.evaluation!.outcomes.map((o) => [o.problemId, o.samples]),
    problems.map(({ id }) => [id, 40]),
  );
  assert.ok(all.tokens > 160n);
  const inAll = all.extractions.reduce((sum, { responses }) => sum + responses, 0);
  assert.equal(inAll, problems.length * 40, 'every response is counted under the rule that found its answer');
  assert.deepEqual(
    (await of(problems.slice(0, 1))).evaluation!.outcomes,
    all.evaluation!.outcomes.slice(0, 1),
  );
  const once = await of(problems, greedy, 1);
  const counted = await of(problems, greedy, 5);
  assert.equal(counted.tokens, once.tokens, 'greedy answers are drawn once');
  assert.deepEqual(
    counted.evaluation!.outcomes.map(({ samples }) => samples),
    [5, 5, 5, 5],
  );
});

test('what counts as an answer is asked of the verifier: without a box there is none', async () => {
  const of = (extraction: string) =>
    trainer.client.evaluate({
      checkpoint: site.characters,
      domain: 'math',
      prompt: { text: '{{ question }}' },
      spec: { problems, samplesPerProblem: 1, sampling: greedy, extraction },
    });
  const [any, boxed] = [await of('any'), await of('boxed')];
  assert.deepEqual(
    boxed.extractions.map(({ rule, responses }) => [rule, responses]),
    [['none', problems.length]],
  );
  assert.ok(
    any.extractions.some(({ rule }) => rule !== 'none' && rule !== 'boxed'),
    JSON.stringify(any.extractions),
  );
  await assert.rejects(of('everything'), /extraction/);
});

test('greedy outcomes are remembered: another order, another number of samples, the same outcomes', async () => {
  const own = await site.trainer();
  const of = (chosen: typeof problems, samplesPerProblem: number) =>
    own.client.evaluate({
      checkpoint: site.characters,
      domain: 'arithmetic',
      spec: { problems: chosen, samplesPerProblem, sampling: greedy },
    });
  const [first, second] = [await of(problems.slice(0, 2), 1), await of([...problems].reverse(), 2)];
  const fresh = await trainer.client.evaluate({
    checkpoint: site.characters,
    domain: 'arithmetic',
    spec: { problems: [...problems].reverse(), samplesPerProblem: 2, sampling: greedy },
  });
  assert.deepEqual(second, fresh);
  assert.deepEqual(
    second.evaluation!.outcomes.slice(2).map(({ problemId, correct }) => [problemId, correct / 2]),
    first.evaluation!.outcomes.map(({ problemId, correct }) => [problemId, correct]).reverse(),
  );
});

test('completions come by prompt and sample, with their tokens and why they ended', async () => {
  const { completions, promptTokenIds } = await trainer.client.generate({
    checkpoint: site.characters,
    prompts: ['123', '9'],
    samplesPerPrompt: 20,
    sampling,
    random: { seed: 4, path: 'x' },
  });
  assert.deepEqual(
    promptTokenIds.map(({ ids }) => ids.length),
    [3, 1],
  );
  assert.equal(completions.length, 40);
  completions.forEach(({ promptIndex, sampleIndex, tokenIds, logprobs, finishReason, text }, i) => {
    assert.deepEqual([promptIndex, sampleIndex], [Math.floor(i / 20), i % 20]);
    assert.equal(tokenIds.length, logprobs.length);
    assert.equal(finishReason, tokenIds.at(-1) === 1 ? FinishReason.STOP : FinishReason.LENGTH);
    assert.ok(!text.includes('<'));
  });
});

test('a stream gives the tokens and the text of the batch', async () => {
  const ask = {
    checkpoint: site.characters,
    sampling: { ...sampling, topK: 12 },
    random: { seed: 4, path: '' },
  };
  const batch = await trainer.client.generate({ ...ask, prompts: ['123'], samplesPerPrompt: 1 });
  const [expected] = batch.completions;
  const tokens = [];
  for await (const token of trainer.client.streamGenerate({ ...ask, prompt: '123' })) tokens.push(token);
  assert.deepEqual(
    tokens.map(({ tokenId }) => tokenId),
    expected!.tokenIds,
  );
  assert.equal(tokens.map(({ text }) => text).join(''), expected!.text);
  assert.deepEqual(
    tokens.map(({ finishReason }) => finishReason),
    tokens.map((_, i) => (i === tokens.length - 1 ? expected!.finishReason : FinishReason.UNSPECIFIED)),
  );
});

test('a stream that is read no further gives its worker back', async () => {
  const ask = { checkpoint: site.characters, prompt: '1', sampling: { ...sampling, maxNewTokens: 60 } };
  for (let i = 0; i < 3; i++) {
    for await (const { tokenId } of trainer.client.streamGenerate(ask)) {
      assert.ok(tokenId >= 0);
      break;
    }
  }
  await trainer.client.generate({ ...ask, prompts: ['1'], samplesPerPrompt: 1 });
});

test('a text has the same embedding alone and among others', async () => {
  const embed = async (...texts: string[]) =>
    (await trainer.client.embed({ checkpoint: site.characters, texts })).embeddings.map(
      ({ values }) => values,
    );
  const texts = ['123+456', '7', '123+457'];
  const together = await embed(...texts);
  for (const [i, text] of texts.entries()) {
    const [alone] = await embed(text);
    alone!.forEach((value, d) => assert.ok(Math.abs(value - together[i]![d]!) < 1e-5));
  }
  assert.notDeepEqual(together[0], together[2]);
});
