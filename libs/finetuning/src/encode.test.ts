/** Which tokens an example has and which of them are learned. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askedModel, type AskedModel } from '@soar/prompts';
import { readData } from './data.js';
import { encodeExamples, type Encoded } from './encode.js';
import { readExamples } from './examples.js';
import { makeModel, testdata } from './testing.fixture.js';

const scratch = mkdtempSync(join(tmpdir(), 'soar-finetuning-'));
after(() => rmSync(scratch, { recursive: true }));
const model = await askedModel(makeModel(scratch).folder, { eosIds: [2] });
const fileOf = (...rows: unknown[]): string => {
  const path = join(mkdtempSync(join(scratch, 'rows-')), 'rows.jsonl');
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
};
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

/** "[learned]" beside what is only read. */
function marked(asked: AskedModel, { tokens, learned }: Encoded): string {
  const text = (from: number, to?: number) =>
    asked.tokenizer.decode([...tokens.subarray(from, to)], { skipSpecialTokens: false });
  let at = 0;
  const parts = learned.map(([begin, end]) => {
    const part = `${text(at, begin)}[${text(begin, end)}]`;
    at = end;
    return part;
  });
  return parts.join('') + text(at);
}

async function encoded(asked: AskedModel, ...rows: unknown[]): Promise<string[]> {
  const all = await encodeExamples(asked, await readExamples([fileOf(...rows)]));
  return all.map((row) => marked(asked, row));
}

test('tokens and labels are those of transformers', async () => {
  type Expected = { readonly tokens: number[]; readonly labels: number[] };
  const expected = JSON.parse(readFileSync(join(testdata, 'reference.json'), 'utf8')) as { rows: Expected[] };
  const rows = await encodeExamples(model, await readExamples([join(testdata, 'rows.jsonl')]));
  const labelled = rows.map(({ tokens, learned }): Expected => {
    const labels = [...tokens].map((id, at) =>
      learned.some(([from, to]) => at >= from && at < to) ? id : -100,
    );
    return { tokens: [...tokens], labels };
  });
  assert.deepEqual(labelled, expected.rows);
});

test('a text ends with an end token, once, and a chat is learned up to the end of each answer', async () => {
  assert.deepEqual(
    await encoded(
      model,
      { prompt: '1=', completion: '1' },
      { prompt: '1=', completion: '1</s>' },
      { prompt: '', completion: '5' },
      { messages: [user('1?'), assistant('1'), user('2?'), assistant('2')] },
      { prompt: [user('1?'), assistant('1'), user('2?')], completion: [assistant('2'), user('3')] },
    ),
    [
      '<s>1=[1</s>]',
      '<s>1=[1</s>]',
      '<s>[5</s>]',
      '<s>u:1?</s>\na:[1</s>]\nu:2?</s>\na:[2</s>]\n',
      '<s>u:1?</s>\na:1</s>\nu:2?</s>\na:[2</s>]\n',
    ],
  );
});

test('a template that ends no message gets an end token, and one that rewrites messages is refused', async () => {
  const asking = (source: string): AskedModel => ({
    ...model,
    chatTemplate: { ...model.chatTemplate!, source },
  });
  const plain = asking('{% for m in messages %}{{ m.role[0] }}:{{ m.content }}\n{% endfor %}');
  assert.deepEqual(await encoded(plain, { messages: [user('1'), assistant('2')] }), ['u:1\n[a:2\n</s>]']);
  const forgetful = asking('{{ messages | length }}{% for m in messages %}:{{ m.content }}{% endfor %}');
  await assert.rejects(
    encoded(forgetful, { messages: [user('1'), assistant('2')] }),
    /rows.jsonl:1: the chat template writes an earlier message otherwise/,
  );
  await assert.rejects(
    encoded({ ...model, chatTemplate: undefined }, { messages: [user('1'), assistant('2')] }),
    /rows.jsonl:1: holds messages, and the model has no chat template/,
  );
});

test('rows that are no examples are named with what is wrong', async () => {
  const refused = (row: unknown, message: RegExp) => assert.rejects(encoded(model, row), message);
  await refused(
    { question: '1', answer: '2' },
    /:1: expected prompt and completion, or messages; the fields are question, answer; "soar problems to-solutions"/,
  );
  await refused({ prompt: '1' }, /expected prompt and completion/);
  await refused({ prompt: '1', completion: '' }, /completion: is empty/);
  await refused(
    { prompt: '1', completion: [assistant('2')] },
    /completion: holds messages and prompt is a text/,
  );
  await refused({ prompt: [user('1')], completion: [user('2')] }, /begins with a message of the user/);
  await refused({ messages: [user('1')] }, /no message of the assistant/);
  await refused({ messages: [{ role: 'user' }] }, /messages\[0\]: expected role and content as text, got/);
  await refused({ messages: '1' }, /messages: expected a text or a list of messages, got "1"/);
  await refused({ prompt: '1', completion: 'Ä' }, /rows.jsonl:1: /);
});

test('long rows are left out and counted, and held-out rows are drawn by the seed', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ prompt: `${i}=`, completion: String(i) }));
  const path = fileOf(...rows, { prompt: '1', completion: '1'.repeat(30) }, rows[0]);
  const read = (seed: number, heldOut: number | string[] = 0.2) =>
    readData(model, { paths: [path], heldOut, maxLength: 20, seed });
  const { train, heldOut, leftOut, longest } = await read(0);
  assert.deepEqual([train.length, heldOut.length, leftOut, longest], [17, 4, 1, 7]);
  assert.deepEqual((await read(0)).heldOut, heldOut);
  assert.notDeepEqual((await read(1)).heldOut, heldOut);
  const none = await read(0, 0);
  assert.deepEqual([none.train.length, none.heldOut.length], [21, 0]);
  assert.equal((await read(0, [fileOf(rows[3], { prompt: '1+1=', completion: '2' })])).shared, 1);
});
