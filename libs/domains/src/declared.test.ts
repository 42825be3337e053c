/** Domains that a definition declares: what it may say, what follows from it, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { rewardOf } from '@soar/verify';
import { gradedHere } from './declared.js';
import type { DomainDefinition } from './definition.js';
import { askedDomain, gradedDomain } from './registry.js';

const prompt = (text: string) => ({ messages: [], text, stop: [], textStop: [] });
const capitals: DomainDefinition = {
  name: 'capitals',
  description: '',
  version: '',
  student: prompt('Q: {{question}}\nA:'),
  teacher: prompt('Write a question.'),
  grading: { verifier: 'exact' },
  ownRewards: false,
  examples: [],
};
const graded = (grading: DomainDefinition['grading']) => gradedHere({ ...capitals, grading });
const verdicts = (grading: DomainDefinition['grading'], gold: string, responses: readonly string[]) =>
  responses.map((response) => graded(grading).verify(gold, response).verdict);

test('exact: equal up to spaces and Unicode form, and letter case where it is asked for', () => {
  const right = ['\\boxed{Buenos  Aires}', 'so \\boxed{Buenos\u00a0Aires}.'];
  const wrong = ['\\boxed{buenos aires}', '\\boxed{Buenos Aires, I think}'];
  const [C, I] = ['CORRECT', 'INCORRECT'];
  assert.deepEqual(verdicts({ verifier: 'exact' }, 'Buenos Aires', [...right, ...wrong]), [C, C, I, I]);
  const options = { ignoreCase: true };
  assert.deepEqual(verdicts({ verifier: 'exact', options }, 'Buenos Aires', [...right, ...wrong]), [
    C,
    C,
    C,
    I,
  ]);
  assert.deepEqual(verdicts({ verifier: 'exact' }, ' ', ['\\boxed{x}', 'x']), [
    'GOLD_UNPARSEABLE',
    'NO_ANSWER',
  ]);
});

test('numeric: one number in any notation, exactly or within a tolerance', () => {
  const read = ['1,234.50', '1234.5', '2469/2', '$1,234.5', '+1.2345e3', '\\$1234.5'];
  const canonical = read.map((text) => graded({ verifier: 'numeric' }).parseAnswer(text));
  assert.ok(
    canonical.every((each) => each.ok && each.canonical === '2469/2'),
    JSON.stringify(canonical),
  );
  for (const text of ['', '.', '1,23', '1 2', '1/0', 'x', '3 cm', '1e9999', '1'.repeat(300), '--1'])
    assert.equal(graded({ verifier: 'numeric' }).parseAnswer(text).ok, false, text);
  const near = ['\\boxed{100.4}', '\\boxed{100.6}'];
  assert.deepEqual(verdicts({ verifier: 'numeric' }, '100', near), ['INCORRECT', 'INCORRECT']);
  assert.deepEqual(verdicts({ verifier: 'numeric', options: { precisionAbs: 0.5 } }, '100', near), [
    'CORRECT',
    'INCORRECT',
  ]);
  assert.deepEqual(verdicts({ verifier: 'numeric', options: { tolerance: 0.005 } }, '100', near), [
    'CORRECT',
    'INCORRECT',
  ]);
  const digits = '12345678901234567890';
  assert.deepEqual(verdicts({ verifier: 'numeric' }, digits, [`\\boxed{${digits.slice(0, -1)}1}`]), [
    'INCORRECT',
  ]);
});

test('an answer stands between the marks that the domain names; the last one counts', () => {
  const line = { verifier: 'math', mark: { open: '####', close: '' } };
  assert.deepEqual(
    verdicts(line, '72', [
      'so 72\n#### 72',
      '#### 7\n#### 72.0 \nbye',
      '72',
      '\\boxed{72}',
      '####',
      '#### \\boxed{72}',
    ]),
    ['CORRECT', 'CORRECT', 'NO_ANSWER', 'NO_ANSWER', 'NO_ANSWER', 'CORRECT'],
  );
  const tags = { verifier: 'exact', mark: { open: '<answer>', close: '</answer>' } };
  assert.deepEqual(verdicts(tags, 'Rome', ['<answer>\nRome\n</answer>', '<answer>Rome', 'Rome</answer>']), [
    'CORRECT',
    'NO_ANSWER',
    'NO_ANSWER',
  ]);
  const { stage, boxed, extracted } = graded(line).verify('1/2', '#### 0.5');
  assert.deepEqual([boxed, extracted], [true, '0.5']);
  assert.match(stage, /^extract:mark equal:/);
});

test('braces in an answer between other marks open no box of their own', () => {
  const line = { verifier: 'math', mark: { open: '####', close: '' } };
  for (const hostile of ['#### 7} \\text{', '#### }{', '#### 72} or {3', '#### {'])
    assert.deepEqual(verdicts(line, '72', [hostile]), ['INCORRECT'], hostile);
  assert.equal(rewardOf(graded(line).verify('72', '#### 72}{')), 20);
});

test('an option of a verifier is part of the domain, and an item’s own comes over it', () => {
  const domain = graded({ verifier: 'math', options: { precisionAbs: 0.1 } });
  assert.equal(domain.verify('2.5', '\\boxed{2.52}').verdict, 'CORRECT');
  assert.equal(domain.verify('2.5', '\\boxed{2.52}', { precisionAbs: 0.001 }).verdict, 'INCORRECT');
});

test('proposals stand between the marks that the domain names, and their answers can be read', () => {
  const proposal = {
    question: { open: 'Question:', close: 'Answer:' },
    answer: { open: 'Answer:', close: '' },
    boxed: false,
  };
  const domain = gradedHere({ ...capitals, proposal, grading: { verifier: 'numeric' } });
  assert.deepEqual(domain.parseProposal('Sure.\nQuestion: 1+1?\nAnswer: 2\n'), {
    ok: true,
    question: '1+1?',
    answer: '2',
  });
  assert.deepEqual(domain.parseProposal('Question: 1+1?\nAnswer: two'), {
    ok: false,
    reason: 'the answer: expected one number, such as 1,234.5, -3/4 or 6e23',
  });
  assert.equal(domain.parseProposal('Question: 1+1?').ok, false);
});

test('what cannot work is refused by field', () => {
  const refused: [string, Partial<DomainDefinition>, RegExp][] = [
    [
      'grading.verifier',
      { grading: { verifier: 'maths' } },
      /"maths" is unknown; use one of arithmetic, choice/,
    ],
    ['grading.options.prec', { grading: { verifier: 'math', options: { prec: 1 } } }, /unknown option/],
    [
      'grading.options.x',
      { grading: { verifier: 'countdown', options: { x: 1 } } },
      /countdown has no options/,
    ],
    [
      'grading.options.strict',
      { grading: { verifier: 'numeric', options: { strict: true } } },
      /no such option/,
    ],
    [
      'grading.options.ignoreCase',
      { grading: { verifier: 'exact', options: { ignoreCase: 1 } } },
      /true or false/,
    ],
    [
      'grading.mark',
      { grading: { verifier: 'json-schema', mark: { open: 'A', close: '' } } },
      /mark of its own/,
    ],
    [
      'grading.mark.open',
      { grading: { verifier: 'math', mark: { open: '', close: 'A' } } },
      /must not be empty/,
    ],
    ['student.text', { student: prompt('Q: {{questions}}') }, /no \{\{question\}\} in it/],
    ['student', { student: undefined }, /missing: give messages, text/],
    ['teacher.textStop', { teacher: { ...prompt('T'), textStop: ['Q'] } }, /write stop/],
    ['proposal.question.close', { proposal: { boxed: false, question: { open: 'Q', close: '' } } }, /empty/],
    ['grading', { grading: undefined }, /graded by the service that lists it/],
  ];
  for (const [field, change, message] of refused) {
    assert.throws(
      () => gradedHere({ ...capitals, ...change }),
      (error) => error instanceof UserError && error.where === field && message.test(error.message),
      field,
    );
  }
});

test('a request’s own domain has the name that the request says, and none of this project’s', () => {
  assert.equal(gradedDomain('capitals', capitals).name, 'capitals');
  assert.equal(askedDomain('capitals', { ...capitals, grading: undefined }).parseProposal('').ok, false);
  assert.throws(
    () => gradedDomain('towns', capitals),
    /domain_definition.name: expected .* towns, got capitals/,
  );
  assert.throws(
    () => gradedDomain('math', { ...capitals, name: 'math' }),
    /math is a domain of this project/,
  );
});
