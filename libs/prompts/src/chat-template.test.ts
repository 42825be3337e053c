/** Where a folder's chat template lies, and what is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readChatTemplate } from './chat-template.js';

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat-template-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return folder;
}

test('a template lies in its own file, or in tokenizer_config.json as a text or by name', async () => {
  const config = { bos_token: '<s>', eos_token: { content: '</s>', special: true }, chat_template: 'old' };
  const [own, text, named] = await Promise.all([
    readChatTemplate(folderWith({ 'chat_template.jinja': 'new', 'tokenizer_config.json': config })),
    readChatTemplate(folderWith({ 'tokenizer_config.json': config })),
    readChatTemplate(
      folderWith({
        'tokenizer_config.json': {
          chat_template: [
            { name: 'tool_use', template: 'with tools' },
            { name: 'default', template: 'plain' },
          ],
        },
      }),
    ),
  ]);
  assert.deepEqual([own?.source, own?.bosToken, own?.eosToken], ['new', '<s>', '</s>']);
  assert.match(own!.where, /chat_template\.jinja$/);
  assert.equal(text?.source, 'old');
  assert.deepEqual([named?.source, named?.bosToken], ['plain', '']);
});

test('a folder without a template has none', async () => {
  assert.equal(await readChatTemplate(folderWith({})), undefined);
  assert.equal(
    await readChatTemplate(folderWith({ 'tokenizer_config.json': { chat_template: null } })),
    undefined,
  );
});

test('what is no template is refused with its file', async () => {
  const refused = (chat_template: unknown) =>
    assert.rejects(
      readChatTemplate(folderWith({ 'tokenizer_config.json': { chat_template } })),
      /tokenizer_config\.json: chat_template: expected a text, or a list of .* with one called "default"/,
    );
  await refused([{ name: 'tool_use', template: 'x' }]);
  await refused([null]);
  await refused(7);
  await assert.rejects(readChatTemplate(folderWith({ 'tokenizer_config.json': '{' })), /malformed JSON/);
  const long = folderWith({ 'chat_template.jinja': 'x'.repeat(1024 * 1024 + 1) });
  await assert.rejects(readChatTemplate(long), /chat_template\.jinja: more than 1048576 bytes/);
});
