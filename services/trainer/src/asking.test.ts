/** How a model is asked: through its chat template, with a configured prompt, up to a stop text. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FinishReason } from '@soar/contracts';
import type { CheckpointRef } from '@soar/store';
import { follow, greedy, problems, sampling, specOf } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';
import { makeByteModel } from './testing/tiny-models.js';

let site: Site;
let trainer: RunningTrainer;
let chatting: CheckpointRef;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
  const folder = join(site.folder, 'chatting');
  makeByteModel(folder);
  writeFileSync(
    join(folder, 'chat_template.jinja'),
    "{{ '<|begin|>' }}{% for m in messages %}{{ m.role[0] }}:{{ m.content }}<|end|>{% endfor %}a:",
  );
  chatting = await site.store.importFolder(folder, 'models/chatting');
});
after(() => site.close());

const chats = [{ messages: [{ role: 'user', content: 'he' }] }];

test('a chat goes through the template of a model that has one; others are given the prompt beside it', async () => {
  const ask = { prompts: ['the'], chats, samplesPerPrompt: 1, sampling: greedy };
  const chat = await trainer.client.generate({ checkpoint: chatting, ...ask });
  const same = await trainer.client.generate({
    checkpoint: site.bytes,
    prompts: ['<|begin|>u:he<|end|>a:'],
    samplesPerPrompt: 1,
    sampling: greedy,
  });
  assert.deepEqual(chat.promptTokenIds, same.promptTokenIds);
  assert.deepEqual(chat.completions[0]!.tokenIds, same.completions[0]!.tokenIds);
  const raw = await trainer.client.generate({ checkpoint: site.bytes, ...ask });
  assert.equal(raw.promptTokenIds[0]!.ids.length, 'the'.length - 1 + 1, 'one token before it, "he" is one');
  const alone = { checkpoint: site.bytes, chats, samplesPerPrompt: 1, sampling: greedy };
  await assert.rejects(
    trainer.client.generate(alone),
    /the model has no chat template .*; give a text instead/,
  );
  const uneven = { ...alone, prompts: ['a', 'b'] };
  await assert.rejects(trainer.client.generate(uneven), /expected prompts, or chats, or as many of both/);
});

test('a completion ends before a stop text, and its tokens with the one that completes it', async () => {
  const ask = {
    checkpoint: site.characters,
    prompts: ['123+456='],
    samplesPerPrompt: 40,
    sampling: { ...sampling, maxNewTokens: 40 },
    random: { seed: 1, path: 'stop' },
  };
  const whole = (await trainer.client.generate(ask)).completions;
  const cut = (await trainer.client.generate({ ...ask, stop: ['7', '12'] })).completions;
  let stopped = 0;
  cut.forEach(({ text, tokenIds, logprobs, finishReason }, i) => {
    const full = whole[i]!;
    const at = full.text.search(/7|12/);
    assert.equal(text, at < 0 ? full.text : full.text.slice(0, at));
    assert.deepEqual(tokenIds, full.tokenIds.slice(0, tokenIds.length));
    assert.equal(logprobs.length, tokenIds.length);
    if (at < 0) return;
    stopped++;
    assert.equal(finishReason, FinishReason.STOP);
    assert.ok(tokenIds.length - text.length <= 2, 'nothing but the stop text stands behind the text');
  });
  assert.ok(stopped > 10, `${stopped} of 40 met a stop text`);
});

test('a stream of a chat, a text or tokens is the sample of the batch, up to the same stop text', async () => {
  const ask = {
    checkpoint: chatting,
    sampling: { ...sampling, maxNewTokens: 30 },
    random: { seed: 3, path: 's' },
  };
  const stop = [...'acegikmoqsuwy', ' t', '\ufffdh'];
  const ids = [259, 104, 101];
  const prompts: { many: object; one: object }[] = [
    { many: { chats: [...chats, ...chats] }, one: { chat: chats[0]! } },
    { many: { prompts: ['no', 'the'] }, one: { prompt: 'the' } },
    { many: { promptTokenIds: [{ ids }, { ids }] }, one: { promptTokenIds: { ids } } },
  ];
  let stopped = 0;
  for (const { many, one } of prompts) {
    const batch = await trainer.client.generate({ ...ask, ...many, stop, samplesPerPrompt: 3 });
    for (const { promptIndex, sampleIndex, ...expected } of batch.completions.slice(3)) {
      const tokens = [];
      const address = { promptIndex, sampleIndex };
      for await (const token of trainer.client.streamGenerate({ ...ask, ...one, ...address, stop }))
        tokens.push(token);
      assert.equal(tokens.map(({ text }) => text).join(''), expected.text);
      assert.deepEqual(
        tokens.map(({ tokenId }) => tokenId),
        expected.tokenIds,
      );
      assert.equal(tokens.at(-1)!.finishReason, expected.finishReason);
      const drawn = tokens.map(({ tokenText }) => tokenText).join('');
      if (!drawn.includes('\ufffd') && !drawn.includes('<|'))
        assert.equal(
          [...drawn].slice(0, tokens.at(-1)!.textOffset).join(''),
          tokens
            .slice(0, -1)
            .map(({ tokenText }) => tokenText)
            .join(''),
        );
      const read = batch.promptTokenIds[1]!.ids.length;
      assert.deepEqual([tokens[0]!.promptTokens, tokens.at(1)?.promptTokens ?? 0], [read, 0]);
      if (expected.tokenIds.length < 30) stopped++;
    }
  }
  assert.ok(stopped > 3, `${stopped} of 9 met a stop text`);
  assert.deepEqual(
    (await trainer.client.generate({ ...ask, promptTokenIds: [{ ids }], samplesPerPrompt: 1 }))
      .promptTokenIds[0]!.ids,
    ids,
  );
});

test('a stream needs one prompt, and tokens stand alone', async () => {
  const ask = { checkpoint: chatting, sampling };
  const read = async (more: object): Promise<void> => {
    for await (const token of trainer.client.streamGenerate({ ...ask, ...more })) assert.ok(token);
  };
  await assert.rejects(read({}), /expected one of prompt, chat and prompt_token_ids/);
  await assert.rejects(read({ prompt: 'a', chat: chats[0] }), /expected one of prompt, chat and/);
  const both = { ...ask, prompts: ['a'], promptTokenIds: [{ ids: [1] }], samplesPerPrompt: 1 };
  await assert.rejects(trainer.client.generate(both), /or prompt_token_ids alone/);
  const unknown = { ...ask, promptTokenIds: [{ ids: [1, 4000] }], samplesPerPrompt: 1 };
  await assert.rejects(
    trainer.client.generate(unknown),
    /prompt 0: token 1 is 4000, expected an id from 0 to 271/,
  );
});

test('a configured prompt asks in evaluation and training; what is behind a stop text is not trained on', async () => {
  const prompt = { text: '{{question}}=', stop: ['7'] };
  const evaluated = async (more: object) => {
    const spec = { problems, samplesPerProblem: 16, sampling, random: { seed: 1, path: 'e' } };
    return trainer.client.evaluate({ checkpoint: site.characters, domain: 'arithmetic', spec, ...more });
  };
  const [own, given] = [await evaluated({}), await evaluated({ prompt })];
  assert.notEqual(own.tokens, given.tokens);
  const trained = await follow(trainer, 'asking/stop', specOf(site.characters, 2, { prompt }));
  const free = await follow(
    trainer,
    'asking/free',
    specOf(site.characters, 2, { prompt: { text: prompt.text } }),
  );
  assert.ok(trained.metrics[0]!.tokens < free.metrics[0]!.tokens);
});

test('a prompt that cannot be used is refused before any work', async () => {
  const evaluate = (prompt: object, checkpoint = chatting) =>
    trainer.client.evaluate({
      checkpoint,
      domain: 'math',
      spec: { problems, samplesPerProblem: 1, sampling },
      prompt,
    });
  await assert.rejects(
    evaluate({ text: 'one\n{% two %}' }),
    /prompt: text: line 2: Unknown statement type: two/,
  );
  const messages = [{ role: 'user', content: '{{question}}' }];
  await assert.rejects(evaluate({ messages, text: 'x' }), /give messages or text, not both/);
  await assert.rejects(evaluate({ messages }, site.characters), /the model has no chat template/);
});

test('a domain that the request defines asks and grades, in evaluation and training', async () => {
  const domainDefinition = {
    name: 'own',
    student: { text: '{{question}}=' },
    teacher: { text: 'T' },
    grading: { verifier: 'arithmetic' },
  };
  const evaluated = async (more: object) => {
    const spec = { problems, samplesPerProblem: 16, sampling, random: { seed: 1, path: 'e' } };
    const { evaluation, tokens } = await trainer.client.evaluate({
      checkpoint: site.characters,
      domain: 'own',
      spec,
      ...more,
    });
    return { outcomes: evaluation!.outcomes, tokens };
  };
  const same = { domain: 'arithmetic', prompt: { text: '{{question}}=' } };
  assert.deepEqual(await evaluated({ domainDefinition }), await evaluated(same));
  const own = await follow(
    trainer,
    'asking/own',
    specOf(site.characters, 2, { domain: 'own', domainDefinition }),
  );
  const other = await follow(trainer, 'asking/same', specOf(site.characters, 2, same));
  assert.deepEqual(own.metrics, other.metrics);
  await assert.rejects(evaluated({}), /"own" is unknown/);
  const unmarked = { ...domainDefinition, grading: { verifier: 'arithmetic', mark: { open: '#' } } };
  await assert.rejects(
    evaluated({ domainDefinition: unmarked }),
    /domain_definition\.grading\.mark: .* its own/,
  );
});
