/** Rejection sampling over real gRPC, with a trainer whose completions are a function of their address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError, type Reason } from '@soar/core';
import { Random } from '@soar/core';
import { withTeacher } from './testing/running-teacher.js';

const number = (i: number): string => String(i % 1000).padStart(3, '0');
/** Well-formed in one of three cases; the stated answer is right for none. */
function textOf(path: string, s: number): string {
  const draw = Random.of(1).at(path, s);
  const question = `${number(draw.integer(0, 1000))}+${number(draw.integer(1, 1000))}`;
  return draw.integer(2, 3) === 0 ? `${question}=#111` : `${question}=`;
}

const request = {
  checkpoint: { key: 'models/base' },
  domain: 'arithmetic',
  datasets: 4,
  questionsPerDataset: 32,
  sampling: { temperature: 1, topP: 1, topK: 0, maxNewTokens: 60 },
  random: { seed: 5, path: 'step/3/propose' },
  idPrefix: 'step-3',
};

const rejects = (call: Promise<unknown>, reason: Reason, message: RegExp) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    return true;
  });

test('the first well-formed rollouts in order of address are taken, whatever order the batches end in', async () => {
  const results: unknown[] = [];
  for (const delayOf of [() => 0, (path: string) => 120 - 20 * Number(path.split('/').at(-1))]) {
    await withTeacher({ textOf, delayOf }, async ({ client, generated }) => {
      const response = await client.propose(request);
      results.push(response);
      const expected: string[] = [];
      for (let batch = 0; expected.length < 128; batch++) {
        for (let s = 0; s < 64; s++) {
          const text = textOf(`step/3/propose/${batch}`, s);
          if (text.endsWith('#111')) expected.push(text.split('=')[0]!);
        }
      }
      const got = response.datasets.flatMap((d) => d.proposals.map((p) => p.problem!.question));
      assert.deepEqual(got, expected.slice(0, 128));
      const batches = generated.map((g) => Number(g.random!.path.split('/').at(-1)));
      assert.deepEqual(
        batches.sort((a, b) => a - b),
        [...batches.keys()],
      );
      assert.ok(
        generated.every((g) => g.samplesPerPrompt === 64 && g.prompts[0] === 'T' && g.random!.seed === 5),
      );
    });
  }
  assert.deepEqual(results[0], results[1]);
});

test('datasets are filled in turn, with ids, tokens and the answer as stated', async () => {
  await withTeacher({ textOf }, async ({ client }) => {
    const { datasets, promptTokenIds, rolloutsSampled, rejections } = await client.propose(request);
    assert.deepEqual(
      datasets.map((d) => [d.index, d.proposals.length, d.proposals[31]!.problem!.id]),
      [0, 1, 2, 3].map((k) => [k, 32, `step-3/${k}/31`]),
    );
    const { problem, tokenIds, logprobs } = datasets[0]!.proposals[0]!;
    assert.equal(problem!.answer, '111');
    assert.equal(String.fromCharCode(...tokenIds), `${problem!.question}=#111`);
    assert.equal(logprobs.length, tokenIds.length);
    assert.deepEqual(promptTokenIds, [16]);
    const rejected = Object.values(rejections).reduce((sum, count) => sum + count, 0);
    assert.equal(rolloutsSampled, 128 + rejected, 'rollouts after the last one used do not count');
  });
});

test('what the verifier cannot read is rejected, with one call for each batch', async () => {
  const stated = (path: string, s: number): string =>
    s % 2 ? '123+456=#000' : textOf(path, 0).replace(/=.*/, '=#579');
  await withTeacher({ textOf: stated }, async ({ client, parses, generated }) => {
    const { rejections, datasets } = await client.propose({ ...request, datasets: 2 });
    assert.deepEqual(Object.entries(rejections), [['answer: zero', 63]]);
    assert.ok(datasets.every((d) => d.proposals.every((p) => p.problem!.answer === '579')));
    assert.equal(parses.length, generated.length);
    assert.ok(parses.every((count) => count === 64));
  });
});

test('the bound on rollouts is exact and names why rollouts were rejected', async () => {
  const never = (_path: string, s: number): string => (s % 4 ? 'nonsense' : '12=#1');
  await withTeacher({ textOf: never }, async ({ client, generated }) => {
    const call = client.propose({ ...request, rolloutsMax: 200 });
    await rejects(
      call,
      'RESOURCE_EXHAUSTED',
      /0 of 128 .* after 200 rollouts .*rejected: 150 x no "=" after the question; 50 x /,
    );
    assert.deepEqual(
      generated.map((g) => g.samplesPerPrompt).sort((a, b) => b - a),
      [64, 64, 64, 8],
    );
  });
});

test('a teacher with too small a share of well-formed rollouts is given up after 512 of them', async () => {
  // One in 64 is well-formed: 8 of 512, less than 2 %.
  const seldom = (_path: string, s: number): string => (s === 0 ? '123+456=#579' : 'nonsense');
  await withTeacher({ textOf: seldom }, async ({ client, generated }) => {
    await rejects(
      client.propose(request),
      'RESOURCE_EXHAUSTED',
      /8 of 512 rollouts \(1\.56 %\) .*_share_min \(2 %\); rejected: 504 x no "=" .*"soar propose".*"soar finetune"/,
    );
    assert.ok(generated.length <= 8 + 8, 'it stops');
    await rejects(
      client.propose({ ...request, rolloutsMax: 300, wellFormedShareMin: 0 }),
      'RESOURCE_EXHAUSTED',
      /5 of 128 .* after 300 rollouts \(rollouts_max\)/,
    );
    await rejects(client.propose({ ...request, wellFormedShareMin: 0.5 }), 'RESOURCE_EXHAUSTED', /\(50 %\)/);
  });
});

test('a problem in a thought is no proposal', async () => {
  const thinking = (_path: string, s: number): string =>
    s % 2 ? '<think>111+111=#222</think>123+456=#579' : '<think>123+456=#579';
  await withTeacher({ textOf: thinking }, async ({ client }) => {
    const { datasets, rejections } = await client.propose({
      ...request,
      datasets: 1,
      questionsPerDataset: 4,
    });
    assert.ok(datasets[0]!.proposals.every(({ problem }) => problem!.question === '123+456'));
    assert.equal(Object.values(rejections)[0], 4);
  });
});

test('rollouts are sampled as they are proposed, each with what it says or why it is none', async () => {
  await withTeacher({ textOf }, async ({ client }) => {
    const { checkpoint, domain, sampling, random } = request;
    const { proposals, promptTokenIds } = await client.sampleProposals({
      checkpoint,
      domain,
      sampling,
      random,
      rollouts: 100,
    });
    assert.deepEqual([proposals.length, promptTokenIds], [100, [16]]);
    proposals.forEach(({ text, problem, reason, tokens }, i) => {
      assert.equal(text, textOf(`step/3/propose/${Math.floor(i / 64)}`, i % 64));
      assert.equal(tokens, text.length);
      if (text.endsWith('#111'))
        assert.deepEqual([problem!.answer, problem!.id, reason], ['111', String(i), '']);
      else assert.deepEqual([problem, /no single final answer/.test(reason)], [undefined, true]);
    });
    const tooMany = {
      checkpoint,
      domain,
      random,
      rollouts: 4096,
      sampling: { ...sampling, maxNewTokens: 32_768 },
    };
    await rejects(client.sampleProposals(tooMany), 'INVALID_ARGUMENT', /request fewer or shorter ones/);
  });
});

test('a verifier with a full queue is asked again', async () => {
  await withTeacher({ textOf, overloads: 2 }, async ({ client }) => {
    assert.equal(
      (await client.propose({ ...request, datasets: 1, questionsPerDataset: 8 })).datasets.length,
      1,
    );
  });
});

test('a domain that the request defines asks the teacher and reads its proposals', async () => {
  const domainDefinition = {
    name: 'own',
    student: { text: '{{question}}' },
    teacher: { text: 'Pose a sum.', stop: ['END'] },
    proposal: { question: { close: '=' }, answer: { open: '#' } },
    grading: { verifier: 'numeric' },
  };
  const posed = (_path: string, s: number): string => (s % 2 ? `${s}+1=#${s + 1}` : `${s}=#x`);
  await withTeacher({ textOf: posed }, async ({ client, generated }) => {
    const own = { ...request, domain: 'own', domainDefinition, datasets: 1, questionsPerDataset: 3 };
    const { datasets, rejections } = await client.propose(own);
    assert.deepEqual(
      datasets[0]!.proposals.map(({ problem }) => [problem!.question, problem!.answer]),
      [
        ['1+1', '2'],
        ['1+1', '2'],
        ['1+1', '2'],
      ],
    );
    assert.deepEqual(Object.keys(rejections), [
      'the answer: expected one number, such as 1,234.5, -3/4 or 6e23',
    ]);
    assert.deepEqual([generated[0]!.prompts, generated[0]!.stop], [['Pose a sum.'], ['END']]);
  });
});

test('greedy or truncated sampling, an unknown domain and too low a bound are refused before any work', async () => {
  await withTeacher({ textOf }, async ({ client, generated }) => {
    const sampled = (change: object) =>
      client.propose({ ...request, sampling: { ...request.sampling, ...change } });
    await rejects(
      sampled({ temperature: 0 }),
      'INVALID_ARGUMENT',
      /sampling\.temperature: .* greedy .* above 0, got 0/,
    );
    await rejects(sampled({ topP: 0.9 }), 'INVALID_ARGUMENT', /sampling\.top_p: .* truncated .* got 0\.9/);
    await rejects(sampled({ topK: 40 }), 'INVALID_ARGUMENT', /sampling\.top_k: .* got 40/);
    await rejects(client.propose({ ...request, rolloutsMax: 127 }), 'INVALID_ARGUMENT', /= 128, got 127/);
    await rejects(client.propose({ ...request, domain: 'x' }), 'NOT_FOUND', /"x" is unknown/);
    await rejects(
      client.propose({ ...request, datasets: 256, questionsPerDataset: 4096 }),
      'INVALID_ARGUMENT',
      /in one message/,
    );
    assert.equal(generated.length, 0);
  });
});

test('a caller that goes away ends the sampling', async () => {
  await withTeacher({ textOf, delayOf: () => 10_000 }, async ({ client }) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await rejects(client.propose(request, { signal: controller.signal }), 'CANCELLED', /cancel/);
  });
});
