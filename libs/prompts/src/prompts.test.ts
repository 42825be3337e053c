/** What students and teachers are asked, with and without a chat template. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from '@soar/domains';
import { Tokenizer } from '@soar/tokenizer';
import { chatsOrTexts, promptIds, studentPrompts, teacherPrompt, type AskedModel } from './prompts.js';

const special = (content: string, id: number) => {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
};
const letters = [...' \n!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~0123456789'];
const alphabet = [...letters, ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const model = {
  type: 'BPE',
  vocab: Object.fromEntries(['<s>', '<|end|>', ...alphabet].map((token, id) => [token, id])),
  merges: [],
};
const json = {
  added_tokens: [special('<s>', 0), special('<|end|>', 1)],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: { type: 'Fuse' },
  model,
};
const tokenizer = Tokenizer.fromJson(json, { bos_token: '<s>', eos_token: '<|end|>', add_bos_token: true });
const template = {
  source:
    '{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}' +
    '{% if add_generation_prompt %}[assistant]{% endif %}',
  where: 'chat_template.jinja',
  bosToken: '<s>',
  eosToken: '<|end|>',
};
const plain: AskedModel = { tokenizer, chatTemplate: undefined };
const chatting: AskedModel = { tokenizer, chatTemplate: template };
const math = domainNamed('math');
const { student, teacher } = math.definition;
const turnOf = (question: string) => student!.messages[0]!.content.replace('{{question}}', question);

test('without a chat template the domain asks in raw text, and an answer ends before another turn', async () => {
  const prompts = await studentPrompts(plain, math, undefined, ['1+1?']);
  const { texts, stop, endIds, isChat } = prompts;
  assert.deepEqual(texts, [student!.text.replace('{{question}}', '1+1?')]);
  assert.deepEqual(
    [promptIds(plain, prompts, texts[0]!)[0], stop, endIds, isChat],
    [0, ['\nUser:'], [], false],
  );
});

test('with one the domain asks as a user; special tokens are themselves, and the first stands once', async () => {
  const prompts = await studentPrompts(chatting, math, undefined, ['1+1?', '2+2?']);
  const { texts, stop, endIds, isChat } = prompts;
  assert.equal(texts[1], `<s>[user]${turnOf('2+2?')}<|end|>[assistant]`);
  assert.deepEqual(
    promptIds(chatting, prompts, texts[0]!).filter((id) => id < 2),
    [0, 1],
  );
  assert.deepEqual([stop, endIds, isChat], [[], [1], true]);
});

test('a configured prompt is used in place of the domain’s', async () => {
  const messages = [
    { role: 'system', content: 'Solve.' },
    { role: 'user', content: 'Q: {{ question | upper }}' },
  ];
  const given = { messages, text: '', stop: ['Q:'] };
  const chat = await studentPrompts(chatting, math, given, ['x?']);
  assert.equal(chat.texts[0], '<s>[system]Solve.<|end|>[user]Q: X?<|end|>[assistant]');
  assert.deepEqual(chat.stop, ['Q:']);
  const text = await studentPrompts(chatting, math, { messages: [], text: '{{question}} =', stop: [] }, [
    '1+1',
  ]);
  assert.deepEqual([text.texts[0], text.stop, text.isChat], ['1+1 =', [], false]);
  await assert.rejects(
    studentPrompts(plain, math, given, ['x?']),
    /the model has no chat template .* give a text/,
  );
});

test('a question cannot write template code', async () => {
  const text = await studentPrompts(plain, math, { messages: [], text: '{{question}}', stop: [] }, [
    '{{ 7 * 7 }}',
  ]);
  assert.equal(text.texts[0], '{{ 7 * 7 }}');
});

test('a teacher is asked either way, unless the configuration says which', async () => {
  const { text, messages } = teacherPrompt(math, undefined);
  assert.equal(text, teacher!.text);
  assert.deepEqual(messages, [{ role: 'user', content: teacher!.text.trim() }]);
  assert.deepEqual(teacherPrompt(math, { messages: [], text: 'T', stop: ['.'] }), { text: 'T', stop: ['.'] });
  assert.equal(
    promptIds(plain, await chatsOrTexts(plain, { texts: ['a'], chats: [messages] }, []), 'a').length,
    2,
  );
});
