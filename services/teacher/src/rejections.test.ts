import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rejections } from './rejections.js';

test('what was got is no part of a reason', () => {
  const rejections = new Rejections();
  rejections.add('expected 3 digits, got "1"');
  rejections.add('expected 3 digits, got "12"');
  rejections.add('no mark');
  assert.deepEqual(rejections.toMap(), { 'expected 3 digits': 2, 'no mark': 1 });
  assert.equal(rejections.describe(), '2 x expected 3 digits; 1 x no mark');
});

test('the number and the length of reasons are bounded', () => {
  const rejections = new Rejections();
  for (let i = 0; i < 100; i++) rejections.add(`${i} \u{1f600}`.padEnd(10_000, '\u{1f600}'));
  const map = rejections.toMap();
  assert.equal(Object.keys(map).length, 33);
  assert.equal(map['other'], 68);
  assert.ok(Object.keys(map).every((reason) => reason.length <= 160));
});
