import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upToStop } from '@soar/prompts';
import { StopFilter } from './stop-filter.js';

/** What is let through of `pieces`, piece by piece, and what was held back at the end. */
function filtered(pieces: readonly string[], stop: readonly string[]): string[] {
  const filter = new StopFilter(stop);
  return [...pieces.map((piece) => filter.push(piece)), filter.end()];
}

test('what may begin a stop text is held back until it is none', () => {
  assert.deepEqual(filtered(['a\n', '\n', 'Q', 'x'], ['\n\nQ:']), ['a', '', '', '\n\nQx', '']);
  assert.deepEqual(filtered(['ab', 'c'], ['cd']), ['ab', '', 'c']);
});

test('nothing comes through from a stop text on', () => {
  const filter = new StopFilter(['ENX', 'N']);
  assert.deepEqual([filter.push('1E'), filter.isMet], ['1', false]);
  assert.deepEqual([filter.push('ND2'), filter.isMet], ['E', true]);
  assert.deepEqual([filter.push('3'), filter.end()], ['', '']);
});

test('however a text is cut, the pieces add up to the text before its stop text', () => {
  const text = 'aabaabaaaab-aab';
  for (const stop of [['aaab'], ['aaaa', 'b-'], ['abaab'], ['x'], []]) {
    for (let cut = 0; cut < 2 ** 8; cut++) {
      const pieces = [...text].reduce<string[]>((all, c, i) => {
        if (i === 0 || (cut >> (i % 8)) & 1) return [...all, c];
        return [...all.slice(0, -1), all.at(-1)! + c];
      }, []);
      assert.equal(filtered(pieces, stop).join(''), upToStop(text, stop));
    }
  }
});
