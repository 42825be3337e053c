/**
 * Runs started by released versions are opened, listed and, when the change of version is allowed, resumed to the same
 * report. To record the journal of a release: SOAR_RECORD_JOURNAL=1 node --test journal-format.test.js
 */
import { runReportFromJson, RunState } from '@soar/contracts';
import { openRunDatabase } from '@soar/store';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  buildNamed,
  type Coordinator,
  CoordinatorFixture,
  ended,
  inState,
  request,
  timeless,
} from '../testing/coordinator.js';
import { isRecording } from '../testing/config.js';
import {
  readRecorded,
  record,
  type RecordedJournal,
  recordedVersions,
  restore,
  RUN,
} from '../testing/recorded-journal.js';
import { versions } from '../runs/versions.js';

/** The version of this software, which has a journal too: a release records it. */
const VERSION = versions().soar;

/** A report without times and versions. */
function made(report: Parameters<typeof timeless>[0]): unknown {
  const { versions: _, ...rest } = timeless(report);
  return rest;
}

/** A recorded report as this version reads it: fields that are newer than it have their defaults. */
function read(recorded: RecordedJournal): unknown {
  return made(runReportFromJson(recorded.report, 'the recorded report'));
}

test('a journal of this version is recorded', { skip: !isRecording }, async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.build = buildNamed('trainer', VERSION);
  const coordinator = await fixture.coordinator({ build: buildNamed('coordinator', VERSION) });
  await coordinator.client.createRun(request(RUN));
  const { report } = await ended(coordinator.client, RUN);
  await coordinator.stop();
  await record(fixture.location, fixture.ledger, VERSION, made(report));
});

test('every release has a recorded journal, and so has this version', () => {
  assert.ok(recordedVersions().includes(VERSION), `record one of ${VERSION}, as the head of this file says`);
  assert.deepEqual(recordedVersions().slice(0, 2), ['0.1.0', '0.2.0']);
});

/** A coordinator of a later version on a recorded run, of which only the first `entries` are there. */
async function later(
  t: TestContext,
  recorded: RecordedJournal,
  entries = recorded.entries,
): Promise<CoordinatorFixture & { readonly start: () => Promise<Coordinator> }> {
  const fixture = await CoordinatorFixture.create(t);
  // The entries refer to these artifacts.
  for (const [t, k] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const)
    for (const j of [0, 1])
      await fixture.services.model(`run/step-${t}/dataset-${k}/repeat-${j}`, (t === 0 ? 1 : 2) + k);
  await fixture.services.model('run/step-0/teacher', 0);
  await restore({ ...recorded, entries }, fixture.location, fixture.ledger);
  fixture.services.build = buildNamed('trainer', '77.0.0');
  const start = () => fixture.coordinator({ build: buildNamed('coordinator', '77.0.0') });
  return Object.assign(fixture, { start });
}

for (const version of recordedVersions()) {
  test(`a finished journal of ${version} is replayed without a call to any service`, async (t) => {
    const recorded = readRecorded(version);
    const fixture = await later(t, recorded);
    const { client } = await fixture.start();
    const run = await ended(client, RUN);
    assert.equal(run.state, RunState.SUCCEEDED, run.failure);
    assert.deepEqual(made(run.report), read(recorded));
    assert.deepEqual(fixture.services.calls, []);
  });

  test(`a journal of ${version} that breaks off is refused, listed, and resumed when that is allowed`, async (t) => {
    const recorded = readRecorded(version);
    const firstStep = recorded.entries.findIndex(([name]) => name === 'report/step-0');
    assert.ok(firstStep > 0);
    const fixture = await later(t, recorded, recorded.entries.slice(0, firstStep + 1));
    const coordinator = await fixture.start();
    const { client } = coordinator;
    const refused = await inState(client, RUN, RunState.FAILED);
    const why =
      version === '0.1.0'
        ? /begun by a version that did not record its build \(before 0\.2\.0\), and this is 77/
        : /0\.2\.0 -> 77\.0\.0/;
    assert.match(refused.failure, why);
    assert.equal(refused.failureReason, 'BUILD_CHANGED');
    await assert.rejects(client.resumeRun({ id: RUN }), { reason: 'BUILD_CHANGED', message: why });
    const [listed] = (await client.listRuns({})).runs;
    assert.deepEqual([listed?.id, listed?.outerStepsDone], [RUN, 1]);
    assert.deepEqual(fixture.services.calls, []);

    await client.resumeRun({ id: RUN, allowVersionChange: true });
    const run = await ended(client, RUN);
    assert.equal(run.state, RunState.SUCCEEDED, run.failure);
    assert.deepEqual(made(run.report), read(recorded));
    assert.equal(fixture.services.calls[0], 'Propose step/1/propose');
    const { builds } = run.report!.versions!;
    assert.deepEqual(
      builds.map((it) => [it.fromOuterStep, it.services[0]?.version, it.versionChangeAllowed]),
      [
        [0, version === '0.1.0' ? undefined : version, false],
        [1, '77.0.0', true],
      ],
    );
  });
}

test('a journal of a later format is refused with a remedy, and is not changed', async (t) => {
  const recorded = readRecorded('0.1.0');
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
