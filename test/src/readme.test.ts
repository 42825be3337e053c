/** The README: short enough to be read, and its examples print what it says. (docs/documents.test.ts has all documents.) */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documents, examplesIn } from './docs/documents.js';
import { testExamples } from './docs/examples.js';
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
    '# One two\n\n```sh\nnot this\n```\n\n| three | `four` |\n| --- | --- |\n\n[five six](a/b.md), ![x](y.svg) <!-- z -->';
  assert.equal(wordsOf(text), 6);
});

test('the README has examples to run', () => {
  assert.ok(examples.length > 0);
});

testExamples(examples, temporaryFolder());

/** Words in prose and tables: what has a letter or a digit, after blocks, comments, pictures and addresses are taken away. */
function wordsOf(markdown: string): number {
  const prose = markdown
    .replace(/^( *)```[\s\S]*?^\1```$/gm, '')
    .replace(/<!--[\s\S]*?-->|!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\]\([^)]*\)/g, ']');
  return prose.split(/[\s|]+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
