import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RunRecord, TrackerRecord } from '../records/record.js';
import { recordsOf } from '../records/run-records.js';
import { reportOf } from '../testing/report.js';
import { JsonLinesFile } from './json-lines-file.js';

const root = mkdtempSync(join(tmpdir(), 'soar-jsonl-'));
after(() => rmSync(root, { recursive: true }));

const records = recordsOf(reportOf());
const head = records[0] as RunRecord;
const dated = (some: readonly TrackerRecord[]) => some.map((record) => ({ record, atMs: 0 }));
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');
const whole = records.map((record) => JSON.stringify(record));

describe('a file of JSON Lines', () => {
  it('is continued after a kill at any byte, with no line twice and none lost', async () => {
    const bytes = Buffer.byteLength(`${whole.join('\n')}\n`);
    // Within the first line, at a line's end, within a line, before the last byte.
    for (const left of [0, 1, 100, Buffer.byteLength(`${whole[0]!}\n`), 5_000, bytes - 1, bytes]) {
      const folder = join(root, `cut-${left}`);
      const { path } = await writeAll(folder);
      truncateSync(path, left);
      const again = await writeAll(folder);
      assert.equal(again.path, path, `after ${left} bytes`);
      assert.deepEqual(linesOf(path), whole, `after ${left} bytes`);
    }
  });

  it('of another run is left alone: the name gets a number', async () => {
    const folder = join(root, 'others');
    const { path } = await writeAll(folder);
    const before = readFileSync(path);
    const other = { ...head, start_time: '2024-01-01T00:00:00.000Z' };
    await (await JsonLinesFile.open(folder, other)).write(dated([other]));
    writeFileSync(join(folder, 'b-run.jsonl'), 'mine\n');
    await (await JsonLinesFile.open(folder, { ...head, run: 'b-run' })).write(dated([head]));
    assert.deepEqual(readFileSync(path), before);
    assert.equal(readFileSync(join(folder, 'b-run.jsonl'), 'utf8'), 'mine\n');
    assert.deepEqual(readdirSync(folder).sort(), [
      'a-run-2.jsonl',
      'a-run.jsonl',
      'b-run-2.jsonl',
      'b-run.jsonl',
    ]);
    assert.equal((await JsonLinesFile.open(folder, other)).path, join(folder, 'a-run-2.jsonl'));
  });

  it('that is an export of an unfinished run is not continued: its results were not the last ones', async () => {
    const folder = join(root, 'unfinished');
    const early = recordsOf(reportOf({ finished: false }));
    const first = await JsonLinesFile.open(folder, head);
    await first.write(dated(early));
    assert.notEqual((await JsonLinesFile.open(folder, head)).path, first.path);
  });

  it('keeps what follows no record out of its way', async () => {
    const folder = join(root, 'torn');
    const { path } = await writeAll(folder);
    appendFileSync(path, '{"kind":"scal');
    await writeAll(folder);
    assert.deepEqual(linesOf(path), whole);
  });
});

async function writeAll(folder: string): Promise<JsonLinesFile> {
  const file = await JsonLinesFile.open(folder, head);
  await file.write(dated(records.slice(0, 20)));
  await file.write(dated(records));
  return file;
}
