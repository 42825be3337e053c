/** Problems as rows for a fine-tuning: in the prompt and the shape of a run, and judged as a run judges. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { create, PromptConfigSchema } from '@soar/contracts';
import { readProblems, type ProblemSet } from '@soar/datasets';
import { domainNamed } from '@soar/domains';
import { proposalRows, solutionRows } from './warm-start-rows.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-rows-'));
after(() => rmSync(folder, { recursive: true }));

const math = domainNamed('math');
const template = { source: '', where: 'chat_template.jinja', bosToken: '', eosToken: '' };
const [chatting, plain] = [{ chatTemplate: template }, { chatTemplate: undefined }];
let files = 0;
function problems(...rows: object[]): Promise<ProblemSet> {
  const path = join(folder, `${files++}.jsonl`);
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return readProblems(path);
}
const gsm8k = { question: 'How much is 6 * 8?', answer: '6*8 = <<6*8=48>>48 apples.\n#### 48' };
const asked = (template: string, question: string) => template.replace('{{question}}', question);
const assistant = (content: string) => [{ role: 'assistant', content }];

test('a problem is the proposal that the domain reads back, behind what the teacher is asked', async () => {
  const set = await problems(gsm8k);
  const { rows, left } = proposalRows(chatting, math, undefined, set);
  assert.deepEqual(rows, [
    {
      prompt: [{ role: 'user', content: math.definition.teacher!.messages[0]!.content }],
      completion: assistant('<question>How much is 6 * 8?</question>\n<answer>\\boxed{48}</answer>'),
    },
  ]);
  assert.equal(left.size, 0);
  const messages = [{ role: 'user', content: 'Pose.' }];
  const configured = proposalRows(chatting, math, create(PromptConfigSchema, { messages }), set);
  assert.deepEqual(configured.rows[0]!.prompt, messages);
  const raw = proposalRows(plain, math, undefined, set);
  assert.deepEqual(
    [raw.rows[0]!.prompt, typeof raw.rows[0]!.completion],
    [math.definition.teacher!.text, 'string'],
  );
});

test('a solution is what its row has, without notes for a calculator and with the answer in a box', async () => {
  const solved = { problem: 'Find 1 + 1.', solution: 'It is $\\boxed{2}$.' };
  const ofGsm8k = await solutionRows(chatting, math, undefined, await problems(gsm8k));
  assert.deepEqual(ofGsm8k.rows, [
    {
      prompt: [
        { role: 'user', content: asked(math.definition.student!.messages[0]!.content, 'How much is 6 * 8?') },
      ],
      completion: assistant('6*8 = 48 apples.\nThe answer is \\boxed{48}.'),
    },
  ]);
  const ofMath = await solutionRows(plain, math, undefined, await problems(solved));
  assert.deepEqual(ofMath.rows, [
    { prompt: asked(math.definition.student!.text, 'Find 1 + 1.'), completion: ' It is $\\boxed{2}$.' },
  ]);
});

test('what would be rejected or graded as wrong is left out with the reason; nothing at all is an error', async () => {
  const set = await problems(
    { question: 'Is it?', answer: '\\boxed{' },
    { question: 'What is 2 + 2?', answer: '4', solution: 'It is 4.' },
    { question: 'What is 3 + 3?', answer: '6' },
  );
  assert.deepEqual(
    [...proposalRows(chatting, math, undefined, set).left].map(([, count]) => count),
    [1],
  );
  const { rows, left } = await solutionRows(chatting, math, undefined, set);
  assert.deepEqual([rows.length, left.get('no solution in its row')], [1, 2]);
  const other = domainNamed('arithmetic');
  assert.throws(
    () => proposalRows(plain, other, undefined, set),
    /as a proposal of the domain arithmetic \(/,
  );
});
