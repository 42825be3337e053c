/** The lexer and the parser: the meaning of spellings, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../budget.js';
import { canonicalText } from './canonical.js';
import { parse } from './parse.js';

const kindOf = (text: string): string => {
  const parsed = parse(text, new Budget());
  return parsed.ok ? parsed.value.kind : 'refused';
};
const sameTree = (a: string, b: string): void => {
  assert.deepEqual(parse(a, new Budget()), parse(b, new Budget()), `${a} and ${b}`);
};

test('spellings of one expression give one tree', () => {
  sameTree('\\dfrac{1}{2}', '\\frac12');
  sameTree('\\left( x \\right)', '(x)');
  sameTree('x \\times y', 'x·y');
  sameTree('x²', 'x^2');
  sameTree('\\text{sin}(x)', '\\sin(x)');
  sameTree('3,\\!110,\\!400', '3110400');
  sameTree('10{,}000', '10 000');
  sameTree('\\\\frac{1}{2}', '\\frac{1}{2}');
  sameTree('**73**', '73');
  sameTree('\\text{13}', '13');
  sameTree('x≤3', 'x <= 3');
  sameTree('\\quadx', 'x');
  sameTree('\\large 31', '31');
  sameTree('\\text{exactly }31', '31');
  sameTree('x^{2}_{1}', 'x_1^2');
  sameTree('\\int^1_0 x\\,dx', '\\int_0^1 x\\,dx');
  sameTree('2\\mathrm{e}+5', '2e + 5');
  sameTree('1.234,5', '1234.5');
  sameTree('٣', '3');
});

test('shapes are told apart', () => {
  const golden: Record<string, string> = {
    '(1,2)': 'list',
    '\\{1,2\\}': 'list',
    '1, 2': 'list',
    'x = 3': 'relation',
    '1 < x \\le 3': 'relation',
    '(0,1) \\cup (1,2)': 'setOperation',
    '\\{x : x > 0\\}': 'builder',
    '\\{x \\in \\mathbb{R} \\mid |x| < 1\\}': 'builder',
    '\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}': 'matrix',
    '7:32': 'ratio',
    '17\\text{ cm}': 'quantity',
    '28\\%': 'percent',
    '60^\\circ': 'degrees',
    'f(x)': 'apply',
    'x(x+1)': 'multiply',
    '\\text{Friday}': 'text',
    'July 4': 'text',
    '32, 349': 'list',
    '32,349': 'number',
    '(1,234)': 'list',
    '4 4/9': 'number',
    '2\\frac{x}{2}': 'multiply',
  };
  for (const [text, kind] of Object.entries(golden)) assert.equal(kindOf(text), kind, text);
});

test('what breaks the grammar is refused, not read in part', () => {
  for (const text of [
    '',
    '   ',
    '1+',
    '\\frac{1}',
    '\\frac{1}{}',
    '(1, 2',
    '1, 2)',
    '11 6/6',
    '{',
    '\\sqrt',
    '1 = = 2',
  ]) {
    assert.equal(kindOf(text), 'refused', text);
  }
});

test('words about a value are not a unit', () => {
  assert.notEqual(kindOf('7 \\text{ is wrong}'), 'quantity');
  assert.equal(kindOf('\\text{7 is not the answer, it is 8}'), 'text');
});

test('limits: length, tokens, depth and items', () => {
  assert.equal(kindOf('1'.repeat(5000)), 'refused');
  assert.equal(kindOf('x+'.repeat(1600) + 'x'), 'refused');
  assert.equal(kindOf('('.repeat(151) + '1' + ')'.repeat(151)), 'refused');
  assert.equal(kindOf(Array.from({ length: 201 }, () => 'x').join(';')), 'refused');
  assert.equal(kindOf(Array.from({ length: 200 }, () => 'x').join(';')), 'list');
});

test('the canonical text ignores typography only', () => {
  assert.equal(canonicalText('\\left(1,\\; 2\\right).'), canonicalText('(1,2)'));
  assert.notEqual(canonicalText('(1,2)'), canonicalText('[1,2]'));
  assert.notEqual(canonicalText('x y'), canonicalText('xy2'));
});
