import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTokens } from './tokens.js';

const hash = (source: string): string => readTokens(source).tokens;

test('equal code in other clothes has equal tokens', () => {
  const plain = "const a = [1, 2], f = (x) => x / 2 / 3, s = 'it';\n";
  const others = [
    "const a = [\n  1,\n  2,\n], f = (x) => x / 2 / 3, s = 'it';",
    '/* a // b */ const a = [1, 2], f = (x) => x / 2 / 3, s = "it"; // \'x',
  ];
  for (const other of others) assert.equal(hash(other), hash(plain), other);
});

test('what means something else has other tokens', () => {
  const pairs: [string, string][] = [
    ['const a = [,];', 'const a = [];'],
    ['const a = [1, ,];', 'const a = [1,];'],
    ['const a = `x  y`;', 'const a = `x y`;'],
    ['const a = "x // y";', 'const a = "x // z";'],
    ['const a = /[/*]b/;', 'const a = /[/*]c/;'],
    ['if (a) /"/.test(b); // "', 'if (a) /\'/.test(b); // "'],
    ['const a = b / c; // d', 'const a = b / e; // d'],
    ['const a = 1.0;', 'const a = 1.5;'],
  ];
  for (const [a, b] of pairs) assert.notEqual(hash(a), hash(b), a);
});

test('imports, and files that are started, are what a file uses', () => {
  const [imports, exports] = ['import', 'export'];
  const source = `
    ${imports} a, { b } from 'other';
    ${imports} './side.js';
    ${exports} * from "../up.js";
    const late = await ${imports}('late'), path = new URL('./worker.js', import.meta.url), no = 'text', dir = './x/';
  `;
  assert.deepEqual(readTokens(source).uses, ['../up.js', './side.js', './worker.js', 'late', 'other']);
});
