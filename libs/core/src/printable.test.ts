import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableLine } from './printable.js';

test('control characters are written out, and other text is what it was', () => {
  assert.equal(
    printable('a\u001b[31mb\u009b1mc\r\u0007\u202ed'),
    'a\\u{1b}[31mb\\u{9b}1mc\\u{d}\\u{7}\\u{202e}d',
  );
  const plain = 'x \t\n é 漢字 😀 \\u{1b} שלום';
  assert.equal(printable(plain), plain);
});

test('a line stays one line', () => {
  assert.equal(printableLine('two\nlines\tand\u2028more'), 'two\\nlines\\tand\\u{2028}more');
});
