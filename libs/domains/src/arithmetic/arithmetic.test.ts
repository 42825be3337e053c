/**
 * The arithmetic domain: its texts, its reading of proposals, and the four reward levels under attempts to game them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewardOf } from '@soar/verify';
import { answerOf, type Operator, OPERATORS, readQuestion, workedSteps } from './grammar.js';
import { domainNamed } from '../registry.js';

const arithmetic = domainNamed('arithmetic');

const ask = (operator: Operator, ...operands: string[]) => ({ operator, operands });

test('operations are applied from left to right, digit by digit, without carry', () => {
  assert.equal(answerOf(ask('+', '123', '456', '789')), '258');
  assert.equal(answerOf(ask('-', '123', '456', '789')), '098');
  assert.equal(answerOf(ask('>', '183', '456', '719')), '789');
  assert.equal(answerOf(ask('<', '183', '456', '719')), '113');
  assert.equal(answerOf(ask('%', '183', '456', '719')), '718', 'a number with a check digit');
  for (const operator of OPERATORS) assert.equal(answerOf(ask(operator, '007')), '007');
});

test('a worked step pairs each digit of the operand with the running result', () => {
  assert.equal(workedSteps(ask('+', '123', '456', '789')), '112233+455769+728598');
  assert.equal(workedSteps(ask('-', '123', '456')), '112233-475767');
  assert.equal(workedSteps(ask('+', '123', '456', '789'), 2), '112233+455769');
  assert.equal(workedSteps(ask('+', '123', '456'), 0), '');
});

test('the last digits of the worked steps are the answer', () => {
  for (const operator of OPERATORS) {
    const question = ask(operator, '905', '418', '777', '030');
    const last = workedSteps(question).slice(-6);
    assert.equal(last[1]! + last[3]! + last[5]!, answerOf(question));
  }
});

test('the oracle answers well-posed questions only', () => {
  assert.equal(arithmetic.oracle?.('999+001'), '990');
  assert.equal(arithmetic.oracle?.('999<001<500'), '000');
  for (const bad of [
    '',
    '12+345',
    '123+',
    '+123',
    '123*456',
    '123+456-789',
    '123+456=',
    '１２３',
    Array(9).fill('123').join('+'),
  ]) {
    assert.equal(arithmetic.oracle?.(bad), undefined, bad);
    assert.equal(readQuestion(bad), undefined, bad);
  }
});

test('questions are labelled by operation and number of operands', () => {
  assert.equal(arithmetic.kindOf?.('123'), '1 operand');
  assert.equal(arithmetic.kindOf?.('123+456'), '2 operands');
  assert.equal(arithmetic.kindOf?.('123<456<789'), 'minimum of 3');
  assert.equal(arithmetic.kindOf?.('123%456%789%012'), 'check number of 4');
  assert.equal(arithmetic.kindOf?.('12'), 'not well-posed');
});

test('prompts are a constant cue for the teacher and the question behind another cue for the student', () => {
  const { teacher, student } = arithmetic.definition;
  assert.deepEqual([teacher?.text, student?.text], ['T', 'Q{{question}}=']);
});

test('a proposal states question and answer, worked out or not, right or wrong', () => {
  const proposal = { ok: true, question: '123+456', answer: '579' };
  assert.deepEqual(arithmetic.parseProposal('123+456=#579'), proposal);
  assert.deepEqual(arithmetic.parseProposal('123+456=112233+455769#579'), proposal);
  assert.deepEqual(arithmetic.parseProposal('123+456=#111'), { ...proposal, answer: '111' });
});

test('malformed proposals are refused with a reason', () => {
  const bad = [
    '',
    '123+456',
    '12+456=#579',
    '=#579',
    '123=',
    '123=#',
    '123=#12',
    '123=#123#123',
    '123=#1234',
    'T123=#123',
  ];
  for (const completion of bad) {
    const read = arithmetic.parseProposal(completion);
    assert.ok(!read.ok, completion);
    assert.ok(read.reason.length > 0);
  }
});

test('the four reward levels', () => {
  const reward = (response: string): number => rewardOf(arithmetic.verify('579', response));
  assert.equal(reward('#579'), 120);
  assert.equal(reward('112233+455769#579'), 120);
  assert.equal(reward('#1579'), 20, 'wrong, but the gold text occurs in the answer');
  assert.equal(reward('#578'), 10);
  assert.equal(reward('579'), 0);
});

test('no trick around the mark counts as an answer', () => {
  for (const response of [
    '',
    '#',
    '#579#',
    '##579',
    '#111#579',
    '#579=',
    '#579+1',
    '# 579',
    '#５７９',
    '#5795795795',
  ]) {
    const judged = arithmetic.verify('579', response);
    assert.equal(judged.verdict, 'NO_ANSWER', response);
    assert.equal(rewardOf(judged), 0, response);
  }
});

test('a gold that is not a number is reported and never rewarded as correct', () => {
  const judged = arithmetic.verify('', '#579');
  assert.equal(judged.verdict, 'GOLD_UNPARSEABLE');
  assert.equal(rewardOf(judged), 10);
});

test('answers are equal as text of fixed width', () => {
  assert.deepEqual(arithmetic.parseAnswer('007'), { ok: true, canonical: '007' });
  assert.equal(arithmetic.parseAnswer('7').ok, false);
  assert.equal(arithmetic.verify('007', '#7').verdict, 'INCORRECT');
});
