/** Pre-training texts: pure functions of the task, in the mixture that it states, readable by the domain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arithmeticGrammar, domainNamed } from '@soar/domains';
import { quickstartTask } from './quickstart-task.js';
import type { Kind } from './task.js';
import { textAt, type TrainingText } from './texts.js';

const arithmetic = domainNamed('arithmetic');
const COUNT = 4000;
const texts = (stage: number) => Array.from({ length: COUNT }, (_, i) => textAt(quickstartTask, stage, i));

test('the first texts of the shipped task stay the same', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((i) => textAt(quickstartTask, 0, i).text),
    [
      'Q973+498+776+239=#266',
      'Q427+896+436+534+685=#758',
      'Q646+183+576=#295',
      'T547-426-466-526-134=554477-412261-476665-522469-113145#115',
    ],
  );
});

test('a text depends on its seed, stage and index alone', () => {
  const text = textAt(quickstartTask, 1, 12345).text;
  assert.equal(textAt(structuredClone(quickstartTask), 1, 12345).text, text);
  assert.notEqual(textAt({ ...quickstartTask, seed: quickstartTask.seed + 1 }, 1, 12345).text, text);
  assert.notEqual(textAt(quickstartTask, 0, 12345).text, text);
});

test('every text is a question followed by the right answer', () => {
  for (const { text, questionChars } of texts(0)) {
    const question = text.slice(1, questionChars - 1);
    assert.equal(text[questionChars - 1], '=');
    const judged = arithmetic.verify(arithmetic.oracle!(question)!, text.slice(questionChars));
    assert.equal(judged.verdict, 'CORRECT', text);
  }
});

test('textbook texts are well-formed proposals, exam texts start with the student prompt', () => {
  const { teacher, student } = arithmetic.definition;
  for (const { text, questionChars } of texts(1)) {
    if (text.startsWith(teacher!.text)) assert.ok(arithmetic.parseProposal(text.slice(1)).ok, text);
    else
      assert.ok(
        text.startsWith(student!.text.replace('{{question}}', text.slice(1, questionChars - 1))),
        text,
      );
  }
});

test('given steps are right and leave at least one step to decide on', () => {
  const given = texts(1).filter(({ givenChars }) => givenChars > 0);
  assert.ok(given.length > 100);
  for (const { text, questionChars, givenChars } of given) {
    const question = arithmeticGrammar.readQuestion(text.slice(1, questionChars - 1))!;
    const steps = text.slice(questionChars, questionChars + givenChars).split(question.operator).length;
    assert.ok(steps < question.operands.length, text);
    assert.equal(
      text.slice(questionChars, questionChars + givenChars),
      arithmeticGrammar.workedSteps(question, steps),
    );
  }
});

test('kinds, lengths and worked steps come in the stated shares', () => {
  for (const [stage, parameters] of quickstartTask.stages.entries()) {
    const made = Array.from({ length: 10 * COUNT }, (_, i) => textAt(quickstartTask, stage, i));
    const textbook = made.filter(({ text }) => text.startsWith('T'));
    near(textbook.length / made.length, parameters.textbookShare);
    for (const [cue, mixture] of [
      ['T', parameters.textbook],
      ['Q', parameters.exam],
    ] as const) {
      const sort = made.filter(({ text }) => text.startsWith(cue));
      const weights = mixture.map(({ weight }) => weight);
      // A lone number does not show its kind: these are counted together.
      const lone = mixture.map(
        ({ weight, operands }) => shareOf(weight, weights) * shareOf(operands[0]!, operands),
      );
      near(sort.filter(isLone).length / sort.length, sum(lone));
      for (const [i, kind] of mixture.entries()) {
        // Kinds of one operator differ in the weight of their questions.
        const weighs = kind.questionLossWeight ?? quickstartTask.questionLossWeight;
        const ofKind = sort.filter(
          (text) => !isLone(text) && text.text[4] === kind.operator && text.questionWeight === weighs,
        );
        near(ofKind.length / sort.length, shareOf(kind.weight, weights) - lone[i]!);
        checkLengths(ofKind, kind, made.length);
      }
    }
  }
});

/** Shares of fewer texts say nothing. */
const TOO_FEW = 60;

function checkLengths(ofKind: readonly TrainingText[], kind: Kind, count: number): void {
  const several = kind.operands.with(0, 0);
  for (const [i, weight] of several.entries()) {
    const sameLength = ofKind.filter(({ questionChars }) => questionChars === 5 + 4 * i);
    near(sameLength.length / ofKind.length, shareOf(weight, several));
    if (sameLength.length < TOO_FEW) continue;
    const given = sameLength.filter(({ givenChars }) => givenChars > 0);
    near(given.length / sameLength.length, kind.given[i]!, 0.08);
    const rest = sameLength.filter(({ givenChars }) => givenChars === 0);
    const worked = rest.filter(({ text, questionChars }) => text[questionChars] !== '#');
    near(worked.length / rest.length, kind.worked[i]!, 0.1);
    const complete = worked.filter(({ text }) => text.split(kind.operator).length === 2 * i + 1);
    near(complete.length / count, (worked.length / count) * kind.goesOn[i]! ** i);
  }
}

function isLone({ questionChars }: TrainingText): boolean {
  return questionChars === 5;
}

function shareOf(part: number, all: readonly number[]): number {
  return part / sum(all);
}

function sum(all: readonly number[]): number {
  return all.reduce((a, b) => a + b, 0);
}

function near(got: number, expected: number, tolerance = 0.03): void {
  assert.ok(Math.abs(got - expected) <= tolerance, `expected ${expected} within ${tolerance}, got ${got}`);
}
