/** Pre-training batches: several texts per row, none cut, dropped or attended to by another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arithmeticGrammar } from '@soar/domains';
import { batchAt } from './batches.js';
import { quickstartTask } from './quickstart-task.js';
import type { Mixture } from './task.js';
import { textAt } from './texts.js';
import { EOS_ID, vocabularyOf } from './tokenizer.js';

const VOCABULARY = vocabularyOf(quickstartTask);

const { rows, rowTokens } = quickstartTask.stages[0]!;
const step = 3;
const batch = batchAt(quickstartTask, 0, step);

test('a batch holds the texts of its step in order, whole, each ended by the end-of-text token', () => {
  let text = '';
  let index = step * rows * rowTokens;
  for (const [at, token] of batch.tokens.entries()) {
    if (batch.segments[at] === 0) continue;
    assert.equal(batch.positions[at], text.length);
    if (token !== EOS_ID) {
      text += VOCABULARY[token]!;
      continue;
    }
    assert.equal(text, textAt(quickstartTask, 0, index++).text);
    text = '';
  }
  assert.equal(text, '', 'no text is cut');
});

test('targets are the next tokens; questions weigh little, answers 1, the last token of a text nothing', () => {
  for (const [at, weight] of batch.weights.entries()) {
    const isLast = batch.tokens[at] === EOS_ID;
    assert.equal(weight === 0, isLast || batch.segments[at] === 0);
    if (weight === 0) continue;
    assert.equal(batch.targets[at], batch.tokens[at + 1]);
    assert.equal(batch.segments[at], batch.segments[at + 1]);
  }
  const equals = VOCABULARY.indexOf('=');
  const first = batch.tokens.indexOf(equals);
  assert.equal(batch.weights[first], 1, 'the first token of the solution');
  assert.equal(batch.weights[first - 1], Math.fround(0.1), 'the last token of the question');
});

test('given steps have weight 0', () => {
  const given = batchAt(quickstartTask, 1, 0);
  const silent = given.segments.filter(
    (s, at) => s > 0 && given.weights[at] === 0 && given.tokens[at] !== EOS_ID,
  );
  assert.ok(silent.length > 100);
});

test('a kind with question weight 0 teaches how to solve a question, not to ask it', () => {
  const [stage, ...rest] = quickstartTask.stages;
  const silent = (kinds: Mixture): Mixture => kinds.map((kind) => ({ ...kind, questionLossWeight: 0 }));
  const task = { ...quickstartTask, stages: [{ ...stage!, textbook: silent(stage!.textbook) }, ...rest] };
  const taught = batchAt(task, 0, step);
  assert.deepEqual(taught.tokens, batch.tokens);
  let inQuestion = false;
  let cue = '';
  for (const [at, token] of taught.tokens.entries()) {
    const character = VOCABULARY[token]!;
    if (taught.positions[at] === 0) [inQuestion, cue] = [true, character];
    if (character === '=') inQuestion = false;
    if (taught.segments[at] === 0 || token === EOS_ID) continue;
    const asked: boolean = inQuestion && cue === arithmeticGrammar.TEXTBOOK_CUE;
    assert.equal(taught.weights[at], asked ? 0 : batch.weights[at]);
  }
});

test('batches are equal when made again and differ between steps', () => {
  assert.deepEqual(batchAt(quickstartTask, 0, step), batch);
  assert.notDeepEqual(batchAt(quickstartTask, 0, step + 1).tokens, batch.tokens);
});

test('less than a fifth of a batch is padding', () => {
  const padding = batch.segments.filter((segment) => segment === 0).length;
  assert.ok(padding / (rows * rowTokens) < 0.2, `${padding} of ${rows * rowTokens}`);
});
