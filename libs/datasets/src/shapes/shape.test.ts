/** The shapes that people have, as they are published, with rows of our own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf } from '../problem.js';
import type { Fields } from '../rows/row.js';
import { controlCharacter, lostBackslash } from './lost-backslash.js';
import { recognise, type FieldNames } from './shape.js';

/** Shape, question and answer of a row, as those of its file. */
function read(row: Fields, names: FieldNames = {}, first: Fields = row): string[] {
  const shape = recognise(first, names);
  const { question, answer } = problemOf(row, shape);
  return [shape.about, question, answer];
}

const gsm8k = {
  question: 'Ann has 3 pens and buys 4.',
  answer: '3 + 4 = <<3+4=7>>7\nShe has 7.\n#### 1,007',
};
const math = {
  problem: 'What is $x$?',
  level: 'Level 5',
  type: 'Algebra',
  solution: 'As $\\boxed{1}$ is wrong, $\\boxed{\\frac{1}{2}}$.',
};

test('GSM8K: the answer is what follows ####', () => {
  assert.deepEqual(read(gsm8k), ['GSM8K (question and answer after "####")', gsm8k.question, '1,007']);
  assert.throws(
    () => read({ ...gsm8k, answer: '7' }, {}, gsm8k),
    /field "answer": has no "####", which the file's first row has/,
  );
});

test('MATH: the answer is in the last box of the solution; with an answer beside it, that is taken', () => {
  assert.deepEqual(read(math), [
    'MATH (problem and last \\boxed{} of solution)',
    math.problem,
    '\\frac{1}{2}',
  ]);
  assert.throws(
    () => read({ ...math, solution: 'Clear.' }, {}, math),
    /field "solution": has no last \\boxed\{\}/,
  );
  assert.deepEqual(read({ ...math, answer: '0.5', unique_id: 'a' }), [
    'fields problem and answer',
    math.problem,
    '0.5',
  ]);
});

test('HARP: problem and answer among solutions', () => {
  const harp = {
    year: 2001,
    contest: 'AIME',
    problem: 'Find $n$.',
    answer: '7',
    level: 4,
    subject: 'algebra',
    solution_1: '...',
  };
  assert.deepEqual(read(harp), ['HARP (problem and answer)', 'Find $n$.', '7']);
});

test('OlympiadBench: lists, units, contexts', () => {
  const row = {
    id: 1606,
    question: 'How far?',
    final_answer: ['$12.5$'],
    answer_type: 'Numerical',
    is_multiple_answer: false,
    unit: 'cm',
    error: '1e-1',
    context: 'A train leaves.',
  };
  const shape = 'OlympiadBench (question and final_answer)';
  assert.deepEqual(read(row), [shape, 'A train leaves.\n\nHow far?', '12.5 cm']);
  assert.deepEqual(
    read({ ...row, unit: null, context: null, final_answer: ['1', '-2'], is_multiple_answer: true }),
    [shape, 'How far?', '1, -2'],
  );
  const optionsOf = (fields: Fields) => problemOf(fields, recognise(fields, {})).options;
  assert.deepEqual(optionsOf(row), { precisionAbs: 0.1 });
  assert.equal(optionsOf({ ...row, error: null }), undefined);
  // A unit that cannot be read is left out, so that the number still counts.
  assert.equal(read({ ...row, unit: '\\begin{' })[2], '$12.5$');
  assert.throws(() => read({ ...row, final_answer: [] }, {}, row), /a proof cannot be graded/);
});

test('rows of a chat: the message of the user, and the answer in that of the assistant', () => {
  const prompt = [
    { role: 'system', content: 'Think.' },
    { role: 'user', content: [{ type: 'text', text: '1 + 1?' }] },
  ];
  const completion = [{ role: 'assistant', content: 'It is \\boxed{2}.' }];
  const about = "chat rows (user's message of prompt and ";
  assert.deepEqual(read({ prompt, completion }), [
    `${about}last \\boxed{} of assistant's message of completion)`,
    '1 + 1?',
    '2',
  ]);
  assert.deepEqual(read({ prompt, answer: '2' }), [`${about}answer)`, '1 + 1?', '2']);
  assert.deepEqual(read({ messages: [...prompt, ...completion] }).slice(1), ['1 + 1?', '2']);
  const nested = { prompt, reward_model: { ground_truth: '2' } };
  assert.deepEqual(read(nested, { answerField: 'reward_model.ground_truth' })[2], '2');
  assert.throws(
    () => read({ prompt: [...prompt, ...prompt], answer: '2' }),
    /one message of the user, got 2/,
  );
  const picture = [{ role: 'user', content: [{ type: 'image' }] }];
  assert.throws(() => read({ prompt: picture, answer: '2' }), /the message of the user is not text alone/);
});

test('a row may state options of its grading; the options of a choice are something else', () => {
  const optionsOf = (options: unknown) => {
    const fields = { question: 'q', answer: '1', options };
    const problem = problemOf(fields, recognise(fields, {}));
    return [problem.options, problem.extra];
  };
  assert.deepEqual(optionsOf({ precision_abs: 0.5 }), [{ precisionAbs: 0.5 }, {}]);
  assert.deepEqual(optionsOf({ A: '1', B: '2' }), [undefined, { options: { A: '1', B: '2' } }]);
  assert.throws(() => optionsOf({ precision_abs: 'x' }), /options\.precision_abs: expected a number/);
});

test('plain columns, and columns that the user names', () => {
  assert.deepEqual(read({ id: 'a', question: 'q', answer: 2 }), ['fields question and answer', 'q', '2']);
  assert.deepEqual(read({ prompt: 'q', completion: 'so 2' }), ['fields prompt and completion', 'q', 'so 2']);
  const row = { body: 'q', target: '2' };
  assert.throws(
    () => read(row),
    /field "question" is missing.*--question-field body \(the fields are body, target\)/,
  );
  assert.deepEqual(read(row, { questionField: 'body', answerField: 'target' }).slice(1), ['q', '2']);
  assert.throws(
    () => read(row, { questionField: 'bdy' }),
    /field "bdy" is missing; the fields are body, target/,
  );
  assert.throws(() => read({ question: 'q' }), /field "answer" is missing.*--answer-field NAME/);
});

test('ids are taken where there are some, and otherwise made from question and answer', () => {
  const idOf = (row: Fields, names: FieldNames = {}) => problemOf(row, recognise(row, names)).id;
  const row = { question: 'q', answer: '1' };
  assert.equal(idOf({ ...row, id: 7 }), '7');
  assert.equal(idOf({ ...row, unique_id: 'test/1.json' }), 'test/1.json');
  assert.equal(idOf({ ...row, name: 'n' }, { idField: 'name' }), 'n');
  const made = idOf(row);
  assert.match(made, /^[0-9a-f]{16}$/);
  assert.equal(
    idOf({ ...row, id: 7, level: 3 }, { idField: 'none' }),
    made,
    'depends on question and answer alone',
  );
  assert.notEqual(idOf({ ...row, answer: '2' }), made);
});

test('commands of LaTeX that lost their backslash are named', () => {
  const cases: [string, string][] = [
    ['\frac12', '\\frac'],
    ['2\times3', '\\times'],
    ['\beta', '\\beta'],
    ['\begin{pmatrix}', '\\begin'],
    ['x\neq 1', '\\neq'],
    ['(1\right)', '\\right'],
    ['\u0007lpha', '\\alpha'],
    ['\vec x', '\\vec'],
    ['3\text{ cm}', '\\text'],
  ];
  for (const [text, command] of cases)
    assert.ok(
      lostBackslash(text)?.includes(`"${command}" was probably meant`),
      `${command}: ${lostBackslash(text)}`,
    );
  for (const text of ['a\tb', 'one\ntwo', 'x\r\ny', 'if\nequal', 'a\n\nunder', '\\frac12'])
    assert.equal(lostBackslash(text), undefined);
  assert.match(controlCharacter('1\u0000')!, /U\+0000/);
  assert.equal(controlCharacter('1\n\t2'), undefined);
});
