/** Templates as they are published, and hostile ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderAll } from './renderer.js';

const chat = [
  { role: 'system', content: ' Be brief. ' },
  { role: 'user', content: 'What is 1+1?' },
];

async function rendered(template: string, values: Readonly<Record<string, unknown>> = { messages: chat }) {
  return (await renderAll([{ template, values }], 'the template'))[0];
}

test('blocks are trimmed as transformers trims them', async () => {
  const chatml = `{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message['content'] | trim + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}`;
  assert.equal(
    await rendered(chatml, { messages: chat, add_generation_prompt: true }),
    '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is 1+1?<|im_end|>\n<|im_start|>assistant\n',
  );
});

test('there is no clock: a template that looks for one falls back to its own date', async () => {
  const dated = "{% if strftime_now is defined %}{{ strftime_now('%d') }}{% else %}26 Jul 2024{% endif %}";
  assert.equal(await rendered(dated), '26 Jul 2024');
});

test('a wrong template is refused with its line, and what a template raises with its words', async () => {
  const refused = (template: string, message: RegExp) =>
    assert.rejects(rendered(template), (error: Error) => message.test(error.message));
  await refused(
    'one\n{% if x %}two{% endif %}\n{% nonsense %}\n',
    /^the template: line 3: Unknown statement type: nonsense/,
  );
  await refused('one\n{{ 1 ? 2 }}', /^the template: line 2: Unexpected character: \?/);
  await refused("{{ raise_exception('roles must alternate') }}", /^the template: roles must alternate/);
});

test('a template that does not end, or eats memory, is ended and refused, and the next one is rendered', async () => {
  const endless = '{% for a in range(90000) %}{% for b in range(90000) %}{{ a }}{% endfor %}{% endfor %}';
  const doubling = `{% set s = namespace(x='xxxxxxxx') %}{% for i in range(60) %}{% set s.x = s.x + s.x %}{% endfor %}`;
  await assert.rejects(
    rendered('{{ range(10000000) }}'),
    /range of 10000000 numbers, expected at most 100000/,
  );
  await assert.rejects(rendered(doubling), /^UserError: the template: /);
  await assert.rejects(
    renderAll([{ template: endless, values: {} }], 'the template', 300),
    /the template: not rendered within 0\.3 s; correct the template/,
  );
  await assert.rejects(
    rendered('{% for i in range(99999) %}xxxx{% endfor %}'),
    /more than 262144 characters/,
  );
  assert.equal(await rendered('{{ messages[1].content }}'), 'What is 1+1?');
});

test('a batch of many is rendered in order', async () => {
  const renders = Array.from({ length: 600 }, (_, i) => ({
    template: '{{question}}!',
    values: { question: `q${i}` },
  }));
  const texts = await renderAll(renders, 'the template');
  assert.deepEqual([texts.length, texts[0], texts[599]], [600, 'q0!', 'q599!']);
});
