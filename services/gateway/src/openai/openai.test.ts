/** The endpoints of OpenAI's API over a real trainer: what they answer, whole and streamed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSite, type RunningTrainer, type Site } from '@soar/trainer/dist/testing/running-trainer.js';
import { makeByteModel } from '@soar/trainer/dist/testing/tiny-models.js';
import { ask } from '../testing/asking.js';
import { runningGateway } from '../testing/running-gateway.js';

interface Choice {
  readonly index: number;
  readonly text: string;
  readonly message: { readonly role: string; readonly content: string };
  readonly delta: { readonly role?: string; readonly content?: string };
  readonly finish_reason: string | null;
  readonly logprobs: {
    readonly tokens: string[];
    readonly token_logprobs: (number | null)[];
    readonly top_logprobs: (Record<string, number> | null)[] | null;
    readonly text_offset: number[];
    readonly content: {
      token: string;
      logprob: number;
      bytes: number[] | null;
      top_logprobs: { token: string; logprob: number }[];
    }[];
  } | null;
}

interface Reply {
  readonly id: string;
  readonly object: string;
  readonly model: string;
  readonly system_fingerprint: string | null;
  readonly choices: Choice[];
  readonly usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null;
}

let site: Site;
let trainer: RunningTrainer;
const closing: (() => Promise<void>)[] = [];
let address: string;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
  const folder = join(site.folder, 'chatting');
  makeByteModel(folder);
  const template =
    "{{ '<|begin|>' }}{% for m in messages %}{{ m.role[0] }}:{{ m.content }}<|end|>{% endfor %}a:";
  writeFileSync(join(folder, 'chat_template.jinja'), template);
  await site.store.importFolder(folder, 'models/chatting');
  await site.store.importFolder(folder, 'a-run/promoted-student');
  const context = { after: (close: () => Promise<void>) => void closing.push(close) };
  const flags = ['--openai', '--trainer', trainer.client.address, '--verifier', ''];
  address = await runningGateway(context as never, flags);
});
after(async () => {
  for (const close of closing) await close();
  await site.close();
});

async function post(path: string, body: object): Promise<Reply> {
  const { status, text } = await ask(address, `/v1/${path}`, { body });
  assert.equal(status, 200, text);
  return JSON.parse(text) as Reply;
}

async function streamed(path: string, body: object): Promise<Reply[]> {
  const { status, text, headers } = await ask(address, `/v1/${path}`, { body: { ...body, stream: true } });
  assert.equal(status, 200, text);
  assert.match(String(headers['content-type']), /^text\/event-stream/);
  const events = text.split('\n\n').filter((event) => event !== '');
  assert.equal(events.pop(), 'data: [DONE]');
  return events.map((event) => JSON.parse(event.replace(/^data: /, '')) as Reply);
}

const messages = [
  { role: 'developer', content: 'be' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'h' },
      { type: 'text', text: 'e' },
    ],
  },
];
const chat = { model: 'chatting', messages, max_tokens: 12, seed: 7 };

test("a chat goes through the model's template, and its answer is the sample of Generate", async () => {
  const reply = await post('chat/completions', { ...chat, n: 3 });
  const own = await trainer.client.generate({
    checkpoint: { key: 'models/chatting' },
    prompts: ['<|begin|>s:be<|end|>u:he<|end|>a:'],
    samplesPerPrompt: 3,
    sampling: { temperature: 1, topP: 1, maxNewTokens: 12 },
    random: { seed: 7 },
  });
  assert.deepEqual(
    reply.choices.map(({ index, message }) => [index, message.role, message.content]),
    own.completions.map(({ text }, index) => [index, 'assistant', text]),
  );
  assert.equal(new Set(reply.choices.map(({ message }) => message.content)).size, 3);
  assert.match(reply.id, /^chatcmpl-/);
  assert.deepEqual([reply.object, reply.model], ['chat.completion', 'chatting']);
  const tokens = own.completions.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  const read = own.promptTokenIds[0]!.ids.length;
  assert.deepEqual(reply.usage, {
    prompt_tokens: read,
    completion_tokens: tokens,
    total_tokens: read + tokens,
  });
});

test('without a seed every answer has random numbers of its own', async () => {
  const { seed: _, ...unseeded } = { ...chat, n: 16 };
  const texts = async (): Promise<string[]> =>
    (await post('chat/completions', unseeded)).choices.map(({ message }) => message.content);
  assert.notDeepEqual(await texts(), await texts());
});

test('the pieces of a stream add up to the whole answers, and its usage is theirs', async () => {
  const body = { ...chat, n: 2, max_completion_tokens: 20, max_tokens: 20, stop: ['i', 'qu'] };
  const whole = await post('chat/completions', body);
  const events = await streamed('chat/completions', { ...body, stream_options: { include_usage: true } });
  assert.equal(new Set(events.map(({ id }) => id)).size, 1);
  for (const { index, message, finish_reason } of whole.choices) {
    const own = events.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
    assert.deepEqual(own[0]!.delta, { role: 'assistant', content: '' });
    assert.equal(own.map(({ delta }) => delta.content ?? '').join(''), message.content);
    assert.deepEqual(own.at(-1)!.delta, {});
    assert.deepEqual(
      own.map((choice) => choice.finish_reason).filter((reason) => reason !== null),
      [finish_reason],
    );
  }
  assert.deepEqual(events.at(-1)!.choices, []);
  assert.deepEqual(events.at(-1)!.usage, whole.usage);
  assert.ok(events.slice(0, -1).every(({ usage }) => usage === null));
});

test('completions take a text, tokens, or lists of either, n times each', async () => {
  const body = { model: 'bytes', max_tokens: 8, seed: 1, n: 2 };
  const texts = await post('completions', { ...body, prompt: ['the', 'he'] });
  const ids = (await trainer.client.score({ checkpoint: site.bytes, texts: ['the', 'he'] })).texts.map(
    ({ tokens }) => tokens.map(({ tokenId }) => tokenId),
  );
  const tokens = await post('completions', { ...body, prompt: ids });
  assert.deepEqual(tokens.choices, texts.choices);
  assert.deepEqual(tokens.usage, texts.usage);
  assert.deepEqual(
    texts.choices.map(({ index }) => index),
    [0, 1, 2, 3],
  );
  const [one, first] = [
    await post('completions', { ...body, prompt: 'the' }),
    await post('completions', { ...body, prompt: ids[0]! }),
  ];
  assert.deepEqual(one.choices, texts.choices.slice(0, 2));
  assert.deepEqual(first.choices, one.choices);
  const events = await streamed('completions', { ...body, prompt: ['the', 'he'] });
  for (const { index, text, finish_reason } of texts.choices) {
    const own = events.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
    assert.equal(own.map((choice) => choice.text).join(''), text);
    assert.equal(own.at(-1)!.finish_reason, finish_reason);
  }
});

test('an answer ends before a stop text, or for its length, and says which', async () => {
  const body = { model: 'bytes', prompt: 'the', max_tokens: 200, temperature: 0 };
  const [free] = (await post('completions', body)).choices;
  const stop = free!.text.slice(5, 7);
  const [cut] = (await post('completions', { ...body, stop })).choices;
  assert.deepEqual([cut!.text, cut!.finish_reason], [free!.text.slice(0, free!.text.indexOf(stop)), 'stop']);
  const [short] = (await post('completions', { ...body, max_tokens: 3 })).choices;
  assert.equal(short!.finish_reason, 'length');
});

test('an echo has the log-probability of every token of the prompt, and of what was drawn', async () => {
  const body = { model: 'bytes', logprobs: 1, echo: true, temperature: 0, seed: 3 };
  const { texts } = await trainer.client.score({ checkpoint: site.bytes, texts: ['the he'], top: 1 });
  const ids = texts[0]!.tokens.map(({ tokenId }) => tokenId);
  for (const prompt of ['the he', [ids]]) {
    for (const max_tokens of [0, 1]) {
      const { choices, usage } = await post('completions', { ...body, prompt, max_tokens });
      const { text, logprobs } = choices[0]!;
      const scored = texts[0]!.tokens;
      // What lm-evaluation-harness reads: all but the drawn token.
      const numbers = logprobs!.token_logprobs.slice(0, scored.length);
      assert.deepEqual(numbers, [null, ...scored.slice(1).map(({ logprob }) => logprob)]);
      assert.equal(logprobs!.tokens.length, scored.length + max_tokens);
      scored.slice(1).forEach(({ isGreedy, text: own, logprob }, t) => {
        const likely = logprobs!.top_logprobs![t + 1]!;
        assert.equal(likely[own], logprob);
        assert.equal(logprob === Math.max(...Object.values(likely)), isGreedy);
      });
      assert.ok(text.startsWith('the he'), text);
      const [first, second] = [logprobs!.text_offset[1]!, logprobs!.text_offset[2]!];
      assert.equal(text.slice(first, second), logprobs!.tokens[1]);
      assert.deepEqual([usage!.prompt_tokens, usage!.completion_tokens], [ids.length, max_tokens]);
    }
  }
});

test('log-probabilities are those of the model, whatever it was drawn at', async () => {
  const body = { ...chat, temperature: 0.4, logprobs: true, top_logprobs: 2 };
  const { choices } = await post('chat/completions', body);
  const { message, logprobs } = choices[0]!;
  const joined = logprobs!.content.map(({ token }) => token).join('');
  assert.ok(joined.includes('\ufffd') || joined.startsWith(message.content));
  for (const { token, bytes, logprob, top_logprobs } of logprobs!.content) {
    assert.equal(top_logprobs.length, 2);
    assert.ok(top_logprobs[0]!.logprob >= Math.max(top_logprobs[1]!.logprob, logprob));
    assert.deepEqual(bytes, token.includes('\ufffd') ? null : [...Buffer.from(token)]);
  }
  const cold = await post('chat/completions', { ...body, temperature: 0.2, top_p: 0.3, seed: 8 });
  const [a, b] = [logprobs!.content[0]!, cold.choices[0]!.logprobs!.content[0]!];
  assert.deepEqual(b.top_logprobs, a.top_logprobs, 'the same place, so the same numbers');
});

test("a stream has the sampler's log-probabilities where they are the model's own", async () => {
  const body = { model: 'bytes', prompt: 'the', max_tokens: 6, seed: 2, logprobs: 0 };
  const [whole] = (await post('completions', body)).choices;
  const events = await streamed('completions', body);
  const pieces = events.flatMap(({ choices }) => choices.map(({ logprobs }) => logprobs!));
  assert.deepEqual(
    pieces.flatMap(({ tokens }) => tokens),
    whole!.logprobs!.tokens,
  );
  assert.deepEqual(
    pieces.flatMap(({ text_offset }) => text_offset),
    whole!.logprobs!.text_offset,
  );
  pieces
    .flatMap(({ token_logprobs }) => token_logprobs)
    .forEach((logprob, t) => {
      assert.ok(Math.abs(logprob! - whole!.logprobs!.token_logprobs[t]!) < 1e-4);
    });
});

test('models have the names that import gave them, and every checkpoint its key', async () => {
  const list = JSON.parse((await ask(address, '/v1/models', { method: 'GET' })).text) as {
    data: { id: string }[];
  };
  assert.deepEqual(
    list.data.map(({ id }) => id),
    ['bytes', 'characters', 'chatting', 'a-run/promoted-student'],
  );
  for (const name of [
    'chatting',
    'models/chatting',
    'a-run/promoted-student',
    `bytes@${site.bytes.sha256}`,
  ]) {
    const { status, text } = await ask(address, `/v1/models/${encodeURIComponent(name)}`, { method: 'GET' });
    assert.equal(status, 200, text);
    assert.equal((JSON.parse(text) as { id: string }).id, name);
    const reply = await post('chat/completions', { ...chat, model: name }).catch((error: unknown) =>
      String(error),
    );
    if (name.startsWith('bytes')) assert.match(String(reply), /the model has no chat template/);
    else assert.equal((reply as Reply).model, name);
  }
});
