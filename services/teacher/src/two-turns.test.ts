/** A teacher with two turns over real gRPC: what it is asked, what is read, and what its update is made of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, PromptConfigSchema } from '@soar/contracts';
import { domainNamed } from '@soar/domains';
import { withTeacher } from './testing/running-teacher.js';
import { joined } from './two-turns.js';

const request = {
  checkpoint: { key: 'models/base' },
  domain: 'arithmetic',
  datasets: 2,
  questionsPerDataset: 2,
  sampling: { temperature: 1, maxNewTokens: 8 },
  random: { seed: 5, path: 'propose' },
};
const text = { prompt: { text: 'T', stop: ['='] }, answerPrompt: { text: '=', stop: ['!'] } };
/** Questions 100+200, 101+201, ...; every fourth answer cannot be read. */
const textOf = (path: string, s: number): string =>
  path.endsWith('/answers') ? (s % 4 === 3 ? '?' : `#30${s}`) : `10${s}+20${s}`;

test('the answer is asked for behind each question, and both turns are read as one', async () => {
  await withTeacher({ textOf }, async ({ client, generated }) => {
    const { datasets, rolloutsSampled, rejections } = await client.propose({ ...request, ...text });
    const [first, second, more] = generated;
    assert.deepEqual([first!.prompts, first!.stop, first!.samplesPerPrompt], [['T'], ['='], 4]);
    assert.deepEqual(second!.prompts, ['T100+200=', 'T101+201=', 'T102+202=', 'T103+203=']);
    assert.deepEqual([second!.stop, second!.samplesPerPrompt], [['!'], 1]);
    assert.deepEqual([second!.random!.path, more!.random!.path], ['propose/0/answers', 'propose/1']);
    const proposals = datasets.flatMap((dataset) => dataset.proposals);
    assert.deepEqual(
      proposals.map(({ problem }) => `${problem!.question}=${problem!.answer}`),
      ['100+200=300', '101+201=301', '102+202=302', '100+200=300'],
    );
    assert.deepEqual([rolloutsSampled, Object.values(rejections)], [5, [1]]);
    const { tokenIds, answerTurn } = proposals[1]!;
    assert.equal(String.fromCharCode(...tokenIds), '101+201');
    assert.equal(String.fromCharCode(...answerTurn!.tokenIds), '#301');
    assert.deepEqual(answerTurn!.promptTokenIds, [16, 1]);
    assert.equal(answerTurn!.logprobs.length, 4);
  });
});

test('a chat goes on behind the question', async () => {
  await withTeacher({ textOf }, async ({ client, generated }) => {
    const prompt = { messages: [{ role: 'user', content: 'Ask.' }] };
    const answerPrompt = { messages: [{ role: 'user', content: 'Answer.' }] };
    const { proposals } = await client.sampleProposals({ ...request, rollouts: 2, prompt, answerPrompt });
    assert.deepEqual(
      generated[1]!.chats[1]!.messages.map(({ role, content }) => [role, content]),
      [['user', 'Ask.'], ['assistant', '101+201'], ['user', 'Answer.']], // prettier-ignore
    );
    assert.deepEqual(
      proposals.map((proposal) => [proposal.text, proposal.tokens, proposal.problem?.answer]),
      [['100+200\n#300', 11, '300'], ['101+201\n#301', 11, '301']], // prettier-ignore
    );
  });
});

test('both turns are updated with the advantage of the dataset, over the number of proposals', async () => {
  await withTeacher({ textOf }, async ({ client, updates }) => {
    const { datasets, promptTokenIds } = await client.propose({ ...request, ...text });
    await client.update({
      id: 'run/step-0/teacher',
      checkpoint: request.checkpoint,
      reference: request.checkpoint,
      datasets,
      promptTokenIds,
      advantages: [0.5, -0.5],
      temperature: 1,
      optimizer: { learningRate: 1e-5 },
    });
    const { rollouts, divisor } = updates[0]!;
    assert.deepEqual(
      rollouts.map((rollout) => [
        rollout.promptTokenIds,
        String.fromCharCode(...rollout.tokenIds),
        rollout.advantage,
      ]),
      [
        [[16], '100+200', 0.5],
        [[16], '#300', 0.5],
        [[16], '101+201', 0.5],
        [[16, 1], '#301', 0.5],
        [[16], '102+202', -0.5],
        [[16, 2], '#302', -0.5],
        [[16], '100+200', -0.5],
        [[16], '#300', -0.5],
      ],
    );
    assert.equal(divisor, 4);
  });
});

test('turns of different forms are refused before any work', async () => {
  await withTeacher({ textOf }, async ({ client, generated }) => {
    for (const prompt of [undefined, { messages: [{ role: 'user', content: 'Ask.' }] }])
      await assert.rejects(
        client.propose({ ...request, ...(prompt && { prompt }), answerPrompt: text.answerPrompt }),
        { reason: 'INVALID_ARGUMENT', message: /answer_prompt: expected messages behind the messages/ },
      );
    await assert.rejects(
      client.propose({ ...request, prompt: text.prompt, answerPrompt: create(PromptConfigSchema) }),
      {
        message: /answer_prompt/,
      },
    );
    assert.equal(generated.length, 0);
  });
});

test('a question is closed where a stop text took its mark, and ends there', () => {
  const math = domainNamed('math');
  const answer = '<answer>\\boxed{4}</answer>';
  for (const question of ['<question>2+2?', '<question>2+2?</question> I think it is 5. <answer>5</answer>'])
    assert.deepEqual(math.parseProposal(joined(math, question, answer)), {
      ok: true,
      question: '2+2?',
      answer: '4',
    });
  assert.equal(math.parseProposal(joined(math, 'no tag', answer)).ok, false);
});
