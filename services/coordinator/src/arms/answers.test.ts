/** Answers of promotion questions, put right and made wrong, judged by the verifiers of the domains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, ProblemSchema } from '@soar/contracts';
import { domainNamed } from '@soar/domains';
import { withRightAnswers, withWrongAnswers } from './answers.js';

const problems = (...rows: readonly (readonly [question: string, answer: string])[]) =>
  rows.map(([question, answer], i) => create(ProblemSchema, { id: `q${i}`, question, answer }));
const arithmetic = domainNamed('arithmetic');
// The second answer is wrong, the third question no question of the domain.
const asked = problems(['111+222', '333'], ['100+100', '999'], ['1+', '111'], ['222+111', '333']);
const texts = (all: readonly { question: string; answer: string }[]) =>
  all.map(({ question, answer }) => `${question}=${answer}`);

test('right answers are those of the oracle; a question that has none is left out', () => {
  assert.deepEqual(texts(withRightAnswers(arithmetic, asked)), ['111+222=333', '100+100=200', '222+111=333']);
});

test('every wrong answer is well-formed, judged wrong, and one of the right answers of the others', () => {
  const wrong = withWrongAnswers(arithmetic, asked);
  assert.deepEqual(texts(wrong), ['111+222=200', '100+100=333', '222+111=200']);
  for (const { question, answer } of wrong) {
    assert.ok(arithmetic.parseAnswer(answer).ok);
    assert.equal(arithmetic.verify(arithmetic.oracle!(question)!, `#${answer}`).verdict, 'INCORRECT');
  }
});

test('where all right answers are equal, their digits are changed', () => {
  const equal = problems(['111+222', '333'], ['222+111', '333']);
  assert.deepEqual(texts(withWrongAnswers(arithmetic, equal)), ['111+222=444', '222+111=444']);
});

test('in a domain that grades by checking, answers are wrong too', () => {
  const countdown = domainNamed('countdown');
  const puzzles = problems(
    ['Numbers: 3, 7, 25. Target: 46.', '46 from 3, 7, 25'],
    ['Numbers: 2, 4, 5. Target: 40.', '40 from 2, 4, 5'],
  );
  assert.deepEqual(texts(withRightAnswers(countdown, puzzles)), texts(puzzles));
  for (const { question, answer } of withWrongAnswers(countdown, puzzles)) {
    const { verdict } = countdown.verify(answer, `\\boxed{${countdown.oracle!(question)!}}`);
    assert.equal(verdict, 'INCORRECT');
  }
});

test('without an oracle there are none', () => {
  const math = domainNamed('math');
  assert.deepEqual([withRightAnswers(math, asked), withWrongAnswers(math, asked)], [[], []]);
});
