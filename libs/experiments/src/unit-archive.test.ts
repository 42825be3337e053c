import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UserError } from '@soar/core';
import type { StudentUnit, Unit } from './results.js';
import { packUnits, unpackUnits } from './unit-archive.js';

function student(studentSeed: number): StudentUnit {
  return {
    unit: 'student',
    arm: 'hard-only',
    studentSeed,
    training: [],
    heldOut: [{ step: 0, samples: 4, correct: [0, 3] }],
    cost: { tokens: 1, steps: 2, seconds: 0.1 + 0.2 },
  };
}
const units = new Map<string, Unit>([
  ['student-hard-only-1', student(1)],
  ['student-hard-only-0', student(0)],
]);
const line = (name: string, unit: unknown = student(0)): string => `${JSON.stringify({ name, unit })}\n`;

test('an archive gives back the units that went in, whatever their order', () => {
  const packed = packUnits(units);
  assert.deepEqual(unpackUnits(packed, 'units.jsonl.gz'), units);
  assert.deepEqual(packUnits(new Map([...units].reverse())), packed);
  assert.equal(gunzipSync(packed).toString().split('\n').length, 3);
  assert.equal(unpackUnits(packUnits(new Map()), 'empty').size, 0);
});

test('a malformed archive is refused as a whole, with the line', () => {
  const refusals: readonly (readonly [packed: Uint8Array, message: RegExp])[] = [
    [Buffer.from('{}'), /f\.gz: not the units of a comparison: incorrect header check; restore the file/],
    [packUnits(units).subarray(0, 100), /f\.gz: not the units of a comparison: unexpected end of file/],
    [gzipSync(line('a').trimEnd()), /its last line is cut off/],
    [gzipSync(`${line('a')}{"name\n`), /f\.gz, line 2: not the units of a comparison: .*JSON/],
    [gzipSync('null\n'), /line 1: .*expected \{"name"/],
    [gzipSync(line('../a')), /line 1: .*expected \{"name"/],
    [gzipSync('{"name":"a","unit":{},"more":1}\n'), /and nothing else/],
    [gzipSync(line('a') + line('a')), /line 2: .*a second unit a;/],
    [gzipSync(line('a', { unit: 'student' })), /f\.gz, line 1: not a unit of a comparison/],
  ];
  for (const [packed, message] of refusals)
    assert.throws(
      () => unpackUnits(packed, 'f.gz'),
      (error) => error instanceof UserError && message.test(error.message),
      String(message),
    );
});

test('a small file that unpacks to a large one is refused before it fills the memory', () => {
  const bomb = gzipSync(Buffer.alloc((64 << 20) + 1));
  assert.ok(bomb.byteLength < 1 << 20);
  assert.throws(() => unpackUnits(bomb, 'f.gz'), /unpacks to more than 67108864 bytes/);
});
