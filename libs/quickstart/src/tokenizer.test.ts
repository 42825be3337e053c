/** The tokenizer's JSON in Hugging Face layout: characters as a BPE without merges. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arithmeticGrammar as grammar } from '@soar/domains';
import { quickstartTask } from './quickstart-task.js';
import { EOS_ID, idsOf, modelConfigJson, PAD_ID, tokenizerJson, vocabularyOf } from './tokenizer.js';

const VOCABULARY = vocabularyOf(quickstartTask);

test('a task adds the operators that it uses, after the characters of every task', () => {
  const curated = [{ operator: '<', operands: 2, count: 1 }] as const;
  assert.deepEqual(vocabularyOf({ ...quickstartTask, curated }), [...VOCABULARY, '<']);
});

test('ids are indices into the vocabulary and cover the alphabet', () => {
  assert.deepEqual(idsOf('Q1+=-%', VOCABULARY), [15, 3, 12, 13, 17, 18]);
  assert.equal(idsOf(grammar.ALPHABET, VOCABULARY).length, grammar.ALPHABET.length);
  assert.throws(() => idsOf('1 2', VOCABULARY), /character " " at 1: expected one of 0123456789\+=#QT-%$/);
  assert.throws(() => idsOf('1<2', VOCABULARY), /character "<" at 1/);
});

test('tokenizer.json lists the same ids, no merges, and the special tokens', () => {
  const json = tokenizerJson(quickstartTask) as {
    model: { vocab: Record<string, number>; merges: unknown[] };
    added_tokens: { id: number; content: string; special: boolean }[];
  };
  assert.deepEqual(json.model.vocab, Object.fromEntries(VOCABULARY.map((token, id) => [token, id])));
  assert.equal(json.model.merges.length, 0);
  assert.deepEqual(
    json.added_tokens.map(({ id }) => id),
    [PAD_ID, EOS_ID],
  );
});

test('config.json has the shape of the task and the size of the vocabulary', () => {
  const json = modelConfigJson(quickstartTask) as Record<string, unknown>;
  assert.equal(json['hidden_size'], quickstartTask.model.hidden_size);
  assert.equal(json['vocab_size'], VOCABULARY.length);
  assert.equal(json['eos_token_id'], EOS_ID);
});
