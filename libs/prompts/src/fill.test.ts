/** Filling a template in and rendering it make the same text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domains } from '@soar/domains';
import { fillAll } from './fill.js';
import { renderAll } from './renderer.js';

const QUESTIONS = ['1+1?', '', "a $& $1 $' {{question}} {% x %}\n", '\u{1f600}'];

test('plain templates are filled in as they would be rendered', async () => {
  const plain = domains.flatMap(({ definition: { student } }) => [
    student!.text,
    student!.messages[0]!.content,
  ]);
  for (const template of [
    ...plain,
    '{{ question }}{{question}}',
    'no question',
    'Q: {{\nquestion }} \\boxed{}',
    '',
    '\n',
    '{{question}}\n\n',
  ]) {
    const renders = QUESTIONS.map((question) => ({ template, values: { question } }));
    assert.deepEqual(await fillAll(template, QUESTIONS, 'x'), await renderAll(renders, 'x'), template);
  }
});

test('others are rendered', async () => {
  assert.deepEqual(await fillAll('{{question}}\n', ['a'], 'x'), ['a']);
  assert.deepEqual(await fillAll('{{ question | upper }}{# c #}', ['a'], 'x'), ['A']);
  assert.deepEqual(await fillAll('{% if question %}{{question}}{% endif %}', ['a'], 'x'), ['a']);
  await assert.rejects(
    fillAll("{{question}}{{ raise_exception('no') }}", ['a'], 'here'),
    /^UserError: here: /,
  );
  await assert.rejects(fillAll('{{question', ['a'], 'here'), /here: line 1: /);
});
