/** Where answers are found in responses, and where none is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxesOf } from './boxes.js';
import { choiceIn, choiceOf } from './choices.js';
import { extract } from './response.js';

const found = (response: string, boxedOnly = false, choice = false): string | undefined => {
  const extracted = extract(response, boxedOnly, choice ? 'letter' : 'value');
  return extracted && `${extracted.rule}: ${extracted.text}`;
};

test('the last balanced box is the answer', () => {
  assert.equal(found('\\boxed{1} and later \\boxed{\\frac{2}{3}}.'), 'boxed: \\frac{2}{3}');
  assert.equal(found('\\fbox{7}'), 'boxed: 7');
  assert.equal(found('\\boxed 7'), 'boxed: 7');
  assert.equal(found('\\boxed{\\{1, 2\\}}'), 'boxed: \\{1, 2\\}');
});

test('boxes that only commas, "and" or a name join are one list', () => {
  assert.equal(found('$\\boxed{1}$ and $\\boxed{2}$'), 'boxed: 1, 2');
  assert.equal(found('\\boxed{1}, \\boxed{2}, and \\boxed{3}'), 'boxed: 1, 2, 3');
  assert.equal(found('$a = \\boxed{1}$, $b = \\boxed{2}$'), 'boxed: 1, 2');
  assert.equal(found('\\boxed{1} is wrong, so \\boxed{2}'), 'boxed: 2');
  assert.equal(found('\\boxed{5}. \\boxed{5}'), 'boxed: 5', 'the same answer twice is one');
});

test('a box that never closes leaves no answer', () => {
  assert.equal(found('so \\boxed{\\frac{1}{2}'), undefined);
  assert.equal(found('\\boxed{}}{ then 5'), 'boxed: ');
});

test('a closed think block is dropped, an unclosed one leaves no answer', () => {
  assert.equal(found('<think>\\boxed{1}</think> \\boxed{2}'), 'boxed: 2');
  assert.equal(found('</think> \\boxed{2}'), 'boxed: 2', 'the opening tag may be in the prompt');
  assert.equal(found('<think>\\boxed{1}'), undefined);
  assert.equal(found('<think>a</think> <think>\\boxed{1}'), undefined);
});

test('the answer is taken from the last answer tag', () => {
  assert.equal(found('5 <answer>6</answer> 7'), 'whole: 6');
  assert.equal(found('<answer>\\boxed{6}</answer>'), 'boxed: 6');
});

test('with the option for boxes alone, only a box counts', () => {
  assert.equal(found('The answer is 5.', true), undefined);
  assert.equal(found('\\boxed{5}', true), 'boxed: 5');
});

test('phrases announce answers in several languages', () => {
  for (const response of [
    'The answer is 12.',
    'So the final answer is: 12',
    '**Answer:** 12',
    '#### 12',
    '答案是12。',
    'La réponse est 12.',
    'Die Antwort lautet 12.',
    'La respuesta es 12.',
    'Ответ: 12',
    '答えは12',
  ]) {
    assert.equal(found(response), 'phrase: 12', response);
  }
  assert.equal(
    found('The answer is $x = 3$ since $y = 2$ fails.'.replace(' since $y = 2$ fails', '')),
    'phrase: x = 3',
  );
});

test('a bare answer is taken whole, a sentence is not', () => {
  for (const answer of [
    'x^2+1',
    '12 apples',
    '\\frac{1}{2}',
    'Friday',
    'area = 5',
    '(1, 2)',
    '$1$ and $2$',
  ]) {
    assert.equal(found(answer), `whole: ${answer}`);
  }
  assert.equal(found('There are 17 apples.'), 'number: 17');
});

test('a number is never taken out of what it belongs to', () => {
  assert.equal(found('The polynomial is x^2 + 1.'), 'number: x^2 + 1');
  assert.equal(found('The point is (3, 4).'), 'number: (3, 4)');
  assert.equal(found('The roots are 1 and 2.'), 'number: 1 and 2');
  assert.equal(found('It has 5 sides, not 6.'), 'number: 5');
  assert.equal(found('AZYUK2A'), undefined);
});

test('formulas in a sentence: the last one, with what is listed before it', () => {
  assert.equal(found('We get $2+2=4$ and then $2 \\cdot 3 = 6$.'), 'math: 2 \\cdot 3 = 6');
  assert.equal(found('The solutions are $1$, $2$ and $3$.'), 'math: 1, 2, 3');
});

test('a choice is one letter, in every notation', () => {
  for (const text of ['C', '(C)', 'C.', 'C) 5', '\\text{(C)}', '\\textbf{C}', 'C Cecile'])
    assert.equal(choiceOf(text), 'C');
  for (const text of ['A or B', 'A, B', 'c', 'AB', 'C = 5', ''])
    assert.equal(choiceOf(text), undefined, text);
});

test('a sentence chooses one letter, and a letter that is ruled out is not chosen', () => {
  assert.equal(choiceIn("It's not A, therefore I think it's B"), 'B');
  assert.equal(choiceIn('A is wrong. So the answer is C.'), 'C');
  assert.equal(choiceIn('B不是 A'), 'B');
  assert.equal(choiceIn('A or B or C'), undefined);
  assert.equal(choiceIn('A valid argument'), undefined);
});

test('boxes cost linear time however they are nested', () => {
  const started = performance.now();
  boxesOf('\\boxed{'.repeat(9000));
  boxesOf(`${'\\boxed{'.repeat(9000)}1${'}'.repeat(9000)}`);
  assert.ok(performance.now() - started < 500);
});
