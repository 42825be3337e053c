import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ParquetEncoder } from './parquet-encoder.js';
import { readRows } from './read-rows.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-parquet-'));
after(() => rmSync(folder, { recursive: true }));
const columns = [
  { name: 'text', type: 'STRING' },
  { name: 'place', type: 'INT32' },
  { name: 'reward', type: 'DOUBLE', nullable: true },
  { name: 'verdict', type: 'STRING', nullable: true },
] as const;

async function readBack(path: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { fields } of readRows(path)) rows.push(fields);
  return rows;
}

test('rows that were written are read back, over several groups and with nulls', async () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => ({
    text: `${i} é\n${'x'.repeat(i % 50)}`,
    place: i,
    reward: i % 3 === 0 ? null : i / 7,
    verdict: i % 2 === 0 ? null : 'CORRECT',
  }));
  const encoder = new ParquetEncoder(columns);
  const pieces = [encoder.push(rows.slice(0, 100)), encoder.push(rows.slice(100, 9_000))];
  pieces.push(encoder.push(rows.slice(9_000)), encoder.end());
  const path = join(folder, 'rows.parquet');
  writeFileSync(path, Buffer.concat(pieces));
  assert.deepEqual(await readBack(path), rows);
});

test('a file without rows has its columns and no rows', async () => {
  const path = join(folder, 'empty.parquet');
  writeFileSync(path, new ParquetEncoder(columns).end());
  assert.deepEqual(await readBack(path), []);
});
