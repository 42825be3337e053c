/** Results of a comparison in a folder, a file a unit or all in one. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runConfigToJson } from '@soar/contracts';
import { UserError } from '@soar/core';
import { type Comparison, packUnits, type StudentUnit, UNIT_ARCHIVE } from '@soar/experiments';
import { presetConfig } from '../run-config.js';
import { UnitFiles } from './unit-files.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-unit-files-'));
after(() => rmSync(folder, { recursive: true }));

const comparison: Comparison = {
  format: 'soar-comparison/1',
  version: '0',
  command: 'soar compare',
  domain: 'arithmetic',
  model: { sha256: 'a'.repeat(64) },
  problems: { train: 1, heldOut: 1, curated: 0, sha256: 'b'.repeat(64) },
  heldOut: ['p'],
  arms: ['base', 'hard-only'],
  seeds: { teachers: [0], students: [0], alone: [0, 1] },
  config: runConfigToJson(presetConfig('quickstart', {})),
  passAt: [1],
};
function student(studentSeed: number, correct: number): StudentUnit {
  return {
    unit: 'student',
    arm: 'hard-only',
    studentSeed,
    training: [],
    heldOut: [{ step: 0, samples: 4, correct: [correct] }],
    cost: { steps: 0, seconds: 0 },
  };
}

test('units that are packed are found, and those made afterwards stand beside them', async () => {
  const packed = packUnits(new Map([['student-hard-only-0', student(0, 3)]]));
  writeFileSync(join(folder, UNIT_ARCHIVE), packed);
  const files = await UnitFiles.open(folder, comparison);
  assert.deepEqual(files.read('student-hard-only-0'), student(0, 3));
  assert.equal(files.read('student-hard-only-1'), undefined);
  await files.keep('student-hard-only-1', student(1, 2));
  assert.ok(existsSync(join(folder, 'units', 'student-hard-only-1.json')));
  const again = await UnitFiles.open(folder, comparison);
  assert.deepEqual(again.read('student-hard-only-1'), student(1, 2));
});

test('units of another version are refused, and named when that is allowed', async () => {
  const later = { ...comparison, version: '1' };
  await assert.rejects(
    UnitFiles.open(folder, later),
    (error) => error instanceof UserError && /made by version 0, and this is 1/.test(error.message),
  );
  const files = await UnitFiles.open(folder, later, true);
  assert.equal(files.comparison.version, '0 and 1');
  assert.equal((await UnitFiles.open(folder, later)).comparison.version, '0 and 1');
  await assert.rejects(UnitFiles.open(folder, comparison), /version 0 and 1, and this is 0/);
  await UnitFiles.open(folder, comparison, true);
});

test('a damaged archive is refused when the folder is opened, before anything is made', async () => {
  writeFileSync(join(folder, UNIT_ARCHIVE), 'no archive');
  await assert.rejects(
    UnitFiles.open(folder, comparison),
    (error) =>
      error instanceof UserError && /units\.jsonl\.gz: not the units of a comparison/.test(error.message),
  );
});
