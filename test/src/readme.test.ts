/** The README: short enough to be read, and its examples print what it says. (docs/ tests all documents.) */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { arithmeticGrammar as grammar } from '@soar/domains';
import { documents, examplesIn } from './docs/documents.js';
import { testExamples } from './docs/examples.js';
import { repositoryRoot } from './repository-root.js';
import { temporaryFolder } from './temporary-folder.js';

const WORDS_MAX = 900;
const readme = documents.find(({ path }) => path === 'README.md')!;
const examples = examplesIn(readme);

test(`the README has at most ${WORDS_MAX} words`, () => {
  const words = wordsOf(readme.text);
  assert.ok(words <= WORDS_MAX, `${words} words: move something to docs/`);
});

test('words are those of prose and tables: no code, no pictures, no addresses', () => {
  const text =
    '# One two\n```sh\nno\n```\n| three | `four` |\n| --- | --- |\n\n[five six](a/b.md), ![x](y.svg) <!-- z -->';
  assert.equal(wordsOf(text), 6);
});

test('the sum that the README works out is the first one that ships, and right', () => {
  const [, sum = '', result] = /`(\d{3}\+\d{3})` is `(\d{3})`/.exec(readme.text) ?? [];
  const question = grammar.readQuestion(sum);
  assert.ok(question !== undefined, 'the README works out a sum');
  assert.equal(grammar.answerOf(question), result);
  const shipped = readFileSync(join(repositoryRoot, 'libs/quickstart/assets/hard/train.jsonl'), 'utf8');
  assert.match(shipped, new RegExp(`^\\{"id":"[^"]+","question":"${sum.replace('+', '\\+')}\\+`));
});

test('the README has examples to run', () => {
  assert.ok(examples.length > 0);
});

testExamples(examples, temporaryFolder());

/** Words in prose and tables: whatever has a letter or a digit, without blocks, comments, pictures and addresses. */
function wordsOf(markdown: string): number {
  const prose = markdown
    .replace(/^( *)```[\s\S]*?^\1```$/gm, '')
    .replace(/<!--[\s\S]*?-->|!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\]\([^)]*\)/g, ']');
  return prose.split(/[\s|]+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
