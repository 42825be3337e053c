/** An answer ends before the first stop text, whatever tokens it is cut into. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopAt, tokensToStop, upToStop } from './stop.js';

test('the first stop text in the text counts', () => {
  assert.equal(upToStop('a\nUser: b', ['Assistant:', '\nUser:']), 'a');
  assert.equal(upToStop('a', ['\nUser:']), 'a');
  assert.equal(stopAt('xyx', ['y', 'x']), 0);
});

test('the tokens of an answer end with the one that completes the stop text', () => {
  const pieces = ['The ', 'answer.', '\nU', 'ser', ': what', ' next', '\nUser:'];
  const decode = (count: number): string => pieces.slice(0, count).join('');
  const of = (stop: string[]) => tokensToStop({ length: pieces.length }, stop, decode);
  assert.equal(of(['\nUser:']), 5);
  assert.equal(of(['The']), 1);
  assert.equal(of(['\nUser: what next\nUser:']), 7);
  assert.equal(of(['nowhere']), 7);
  assert.equal(of([]), 7);
});
