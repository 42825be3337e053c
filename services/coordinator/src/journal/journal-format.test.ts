/**
 * Runs started by released versions resume. To record a journal: SOAR_RECORD_JOURNAL=1 node --test
 * journal-format.test.js
 */
import { runReportFromJson, RunState } from '@soar/contracts';
import { openRunDatabase } from '@soar/store';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JOURNAL_FORMAT } from './journal-format.js';
import { CoordinatorFixture, ended, request, timeless } from '../testing/coordinator.js';
import { isRecording } from '../testing/config.js';
import { readRecorded, record, type RecordedJournal, restore, RUN } from '../testing/recorded-journal.js';
import { versions } from '../runs/versions.js';

/** A report without times and versions. */
function made(report: Parameters<typeof timeless>[0]): unknown {
  const { versions: _, ...rest } = timeless(report);
  return rest;
}

/** A recorded report as this version reads it: fields that are newer than it have their defaults. */
function read(recorded: RecordedJournal): unknown {
  return made(runReportFromJson(recorded.report, 'the recorded report'));
}

test('a journal of the current format is recorded', { skip: !isRecording }, async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  await coordinator.client.createRun(request(RUN));
  const { report } = await ended(coordinator.client, RUN);
  await coordinator.stop();
  await record(fixture.location, fixture.ledger, JOURNAL_FORMAT, versions().soar, made(report));
});

test('a finished journal is replayed without a call to any service', async (t) => {
  const recorded = readRecorded(1);
  const fixture = await CoordinatorFixture.create(t);
  for (const [key, skill] of [
    ['run/step-0/dataset-1/repeat-0', 2],
    ['run/step-1/dataset-1/repeat-0', 3],
  ] as const)
    await fixture.services.model(key, skill);
  await restore(recorded, fixture.location, fixture.ledger);
  const { client } = await fixture.coordinator();
  const run = await ended(client, RUN);
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(made(run.report), read(recorded));
  assert.deepEqual(fixture.services.calls, []);
});

test('a journal that breaks off is resumed to the same report', async (t) => {
  const recorded = readRecorded(1);
  const firstStep = recorded.entries.findIndex(([name]) => name === 'report/step-0');
  assert.ok(firstStep > 0);
  const fixture = await CoordinatorFixture.create(t);
  // The entries refer to these artifacts.
  for (const k of [0, 1])
    for (const j of [0, 1]) await fixture.services.model(`run/step-0/dataset-${k}/repeat-${j}`, 1 + k);
  await fixture.services.model('run/step-0/teacher', 0);
  await restore(
    { ...recorded, entries: recorded.entries.slice(0, firstStep + 1) },
    fixture.location,
    fixture.ledger,
  );
  const { client } = await fixture.coordinator();
  const run = await ended(client, RUN);
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(made(run.report), read(recorded));
  assert.equal(fixture.services.calls[0], 'Propose step/1/propose');
});

test('a journal of a later format is refused with a remedy, and is not changed', async (t) => {
  const recorded = readRecorded(1);
  const entries = recorded.entries.map(([name, value]): [string, string] =>
    name === 'format' ? [name, Buffer.from('7').toString('base64')] : [name, value],
  );
  const fixture = await CoordinatorFixture.create(t);
  await restore({ ...recorded, entries }, fixture.location, fixture.ledger);
  const coordinator = await fixture.coordinator();
  const run = await ended(coordinator.client, RUN);
  assert.equal(run.state, RunState.FAILED);
  assert.match(
    run.failure,
    /run run: .* have format 7; this version reads format 1\. Finish it with that version/,
  );
  await coordinator.stop();
  const database = await openRunDatabase(fixture.location);
  t.after(() => database.close());
  assert.equal((await database.journal(RUN).names()).length, entries.length);
});
