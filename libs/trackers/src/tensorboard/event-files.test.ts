import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary } from '@soar/contracts';
import { type Event, EventSchema, HParamsPluginDataSchema, Status } from '@soar/contracts/tensorboard';
import { reportOf, START_MS } from '../testing/report.js';
import { trackedRun } from '../tracked-run.js';
import { eventFiles } from './event-files.js';
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

/** The records of a file, with their checksums checked as TensorBoard does. */
function eventsOf(file: Uint8Array): Event[] {
  const events: Event[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length;) {
    const record = file.subarray(at + 12, at + 12 + Number(view.getBigUint64(at, true)));
    const framed = tfRecord(record);
    assert.deepEqual(Buffer.from(file.subarray(at, at + framed.length)), Buffer.from(framed));
    events.push(fromBinary(EventSchema, record));
    at += framed.length;
  }
  return events;
}

const valuesOf = (events: readonly Event[]) =>
  events.flatMap(({ step, what }) =>
    what.case === 'summary' ? what.value.value.map((value) => ({ step: Number(step), ...value })) : [],
  );

describe('event files', () => {
  const files = eventFiles(trackedRun(reportOf()));
  const [whole, arm] = [...files.values()].map(eventsOf) as [Event[], Event[]];

  it('are one for the run and one for every arm that trained, with names that TensorBoard looks for', () => {
    assert.deepEqual(
      [...files.keys()],
      ['events.out.tfevents.1700000000.soar', 'pq/events.out.tfevents.1700000000.soar'],
    );
  });

  it('begin with the version of the format', () => {
    for (const [first] of [whole, arm]) {
      assert.deepEqual(first!.what, { case: 'fileVersion', value: 'brain.Event:2' });
      assert.equal(first!.wallTime, START_MS / 1000);
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
    assert.deepEqual(
      sessions.map(({ tag }) => tag),
      ['_hparams_/session_start_info', '_hparams_/session_end_info'],
    );
    const [start, end] = sessions.map(({ metadata }) =>
      fromBinary(HParamsPluginDataSchema, metadata!.pluginData!.content),
    );
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

  it('are the same from one export to the next', () => {
    assert.deepEqual(eventFiles(trackedRun(reportOf())), files);
  });
});
