import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fromBinary } from '@soar/contracts';
import { type Event, HParamsPluginDataSchema, Status } from '@soar/contracts/tensorboard';
import type { RunRecord } from '../records/record.js';
import { recordsOf } from '../records/run-records.js';
import { reportOf, START_MS } from '../testing/report.js';
import { EventFolder } from './event-folder.js';
import { readEvents } from './event-reader.js';
import { crc32c, tfRecord } from './tf-record.js';

describe('TFRecord', () => {
  it('has the checksum CRC-32C', () => {
    // The check value of the algorithm, and a vector of RFC 3720, B.4.
    assert.equal(crc32c(Buffer.from('123456789')), 0xe306_9283);
    assert.equal(crc32c(new Uint8Array(32)), 0x8a91_36aa);
  });

  it('frames a record as TensorFlow does', () => {
    // The first record of every event file that TensorFlow writes, here with the time 0: its length is 24.
    const framed = Buffer.from(tfRecord(new Uint8Array(24)));
    assert.equal(framed.length, 8 + 4 + 24 + 4);
    assert.equal(framed.subarray(0, 12).toString('hex'), '1800000000000000a37f4b22');
  });
});

const root = mkdtempSync(join(tmpdir(), 'soar-events-'));
after(() => rmSync(root, { recursive: true }));

const records = recordsOf(reportOf());
const head = records[0] as RunRecord;
const NAME = 'events.out.tfevents.1700000000.soar';

async function writeAll(folder: string, some = records): Promise<string> {
  const events = await EventFolder.open(folder, head);
  const items = some.map((record) => ({ record, atMs: START_MS + 1000 }));
  await events.write(items.slice(0, 20));
  await events.write(items);
  return events.path;
}

/** All events, which the checksums of their records protect. */
function eventsOf(file: string): readonly Event[] {
  const content = readFileSync(file);
  const { events, bytes } = readEvents(content);
  assert.equal(bytes, content.length, 'every record is whole');
  return events;
}

const valuesOf = (events: readonly Event[]) =>
  events.flatMap(({ step, what }) =>
    what.case === 'summary' ? what.value.value.map((value) => ({ step: Number(step), ...value })) : [],
  );

describe('event files', () => {
  let path: string;
  let whole: readonly Event[];
  let arm: readonly Event[];
  before(async () => {
    path = await writeAll(join(root, 'whole'));
    whole = eventsOf(join(path, NAME));
    arm = eventsOf(join(path, 'pq', NAME));
  });

  it('are one for the run and one for every arm that trained', () => {
    assert.deepEqual(readdirSync(path, { recursive: true }).map(String).sort(), [
      NAME,
      'pq',
      join('pq', NAME),
    ]);
  });

  it('begin with the version of the format, and have a value when it was there', () => {
    for (const [first, second] of [whole, arm]) {
      assert.deepEqual(first!.what, { case: 'fileVersion', value: 'brain.Event:2' });
      assert.equal(first!.wallTime, START_MS / 1000);
      assert.equal(second!.wallTime, START_MS / 1000 + 1);
    }
  });

  it('have the curves of an arm by training step', () => {
    const curve = valuesOf(arm).filter(({ tag }) => tag === 'training/reward_mean');
    assert.deepEqual(
      curve.map(({ step, value }) => [step, value.value]),
      [0, 0.1, 0.2].map((value, step) => [step, Math.fround(value)]),
    );
  });

  it('have the hyper-parameters and how the run ended, for the plug-in', () => {
    const sessions = valuesOf(whole).filter(({ metadata }) => metadata?.pluginData?.pluginName === 'hparams');
    const [start, end] = sessions.map(({ metadata }) =>
      fromBinary(HParamsPluginDataSchema, metadata!.pluginData!.content),
    );
    assert.equal(sessions.length, 2);
    assert.ok(start!.data.case === 'sessionStartInfo' && end!.data.case === 'sessionEndInfo');
    const { kind } = start!.data.value.hparams['student.rl.groupSize']!;
    assert.deepEqual(kind, { case: 'numberValue', value: 16 });
    assert.equal(end!.data.value.status, Status.SUCCESS);
  });

  it('have the questions as a table, in which what a model wrote is text', () => {
    const [table] = valuesOf(whole).filter(({ tag }) => tag === 'questions');
    assert.ok(table?.value.case === 'tensor');
    const lines = Buffer.from(table.value.value.stringVal[0]!).toString().split('\n');
    assert.equal(lines.length, 2 + 2, 'a line break in a question makes no row');
    assert.equal(lines[2], '| 1 | 1 | 0.7500 | 1&#43;1 | 2 |');
    assert.equal(lines[3]!.split('|').length, 5 + 2, 'a bar in a question makes no cell');
    assert.doesNotMatch(lines[3]!, /[<*`[\]\u202e]/);
  });
});

describe('event files that are there', () => {
  it('are continued after a kill at any byte, with no step twice and none lost', async () => {
    const path = await writeAll(join(root, 'continued'));
    const all = readFileSync(join(path, NAME));
    for (const left of [0, 7, 40, 4_000, all.length - 1, all.length]) {
      const folder = join(root, `cut-${left}`);
      cpSync(join(root, 'continued'), folder, { recursive: true });
      truncateSync(join(folder, 'a-run', NAME), left);
      truncateSync(join(folder, 'a-run', 'pq', NAME), Math.floor(statSync(join(path, 'pq', NAME)).size / 2));
      assert.equal(await writeAll(folder), join(folder, 'a-run'));
      assert.deepEqual(readFileSync(join(folder, 'a-run', NAME)), all, `after ${left} bytes`);
      assert.deepEqual(readFileSync(join(folder, 'a-run', 'pq', NAME)), readFileSync(join(path, 'pq', NAME)));
    }
  });

  it('of another run, or of an export of an unfinished one, are left alone', async () => {
    const folder = join(root, 'others');
    await writeAll(folder, recordsOf(reportOf({ finished: false })));
    assert.equal(await writeAll(folder), join(folder, 'a-run-2'));
    const later = { ...head, start_time: '2024-01-01T00:00:00.000Z' };
    assert.equal((await EventFolder.open(folder, later)).path, join(folder, 'a-run-3'));
  });
});
