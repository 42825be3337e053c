/** The meaning of units: dimensions, sizes, and the words that are left over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toText } from './exact/rational.js';
import { readUnits } from './units.js';

const meaning = (text: string): string | undefined => {
  const found = readUnits(text).unit;
  return found && `${toText(found.factor)} ${found.dimension}`.trim();
};

test('units have a dimension and a size', () => {
  const golden: Record<string, string> = {
    cm: '1/100 length^1',
    'square feet': '145161/1562500 length^2',
    'cm^2': '1/10000 length^2',
    'sq cm': '1/10000 length^2',
    'centimeters cubed': '1/1000000 length^3',
    mL: '1/1000000 length^3',
    'm/s': '1 length^1 time^-1',
    'km/h': '5/18 length^1 time^-1',
    'miles per hour': '1397/3125 length^1 time^-1',
    mph: '1397/3125 length^1 time^-1',
    N: '1 length^1 mass^1 time^-2',
    'kg m/s^2': '1 length^1 mass^1 time^-2',
    kJ: '1000 length^2 mass^1 time^-2',
    mW: '1/1000 length^2 mass^1 time^-3',
    MW: '1000000 length^2 mass^1 time^-3',
    'dollars per hour': '1/3600 dollars^1 time^-1',
    '$ /hour': '1/3600 dollars^1 time^-1',
    cents: '1/100 dollars^1',
    radians: '1',
    'p.m.': '1 afternoon^1',
    PM: '1 afternoon^1',
  };
  for (const [text, expected] of Object.entries(golden)) assert.equal(meaning(text), expected, text);
});

test('no word is dropped: what is no unit is left over', () => {
  const words = (text: string): string => readUnits(text).words.join(' ');
  assert.equal(meaning('cm long'), meaning('cm'));
  assert.equal(words('cm long'), 'long');
  assert.equal(words('days of school'), 'of school');
  assert.equal(words('dollars per apple'), 'per apple');
  assert.equal(words('square units'), 'square units');
  for (const text of ['apples', 'ways', 'red balls', '', 'any text']) {
    assert.equal(meaning(text), undefined, text);
    assert.equal(words(text), text);
  }
});
