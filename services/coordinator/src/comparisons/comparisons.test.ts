/** Comparisons as resources: create, read, watch, extend, pause, resume, cancel, fail. */
import { create, RunState, StoppingRuleSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMPARISON, comparisonIn, comparisonRequest, stagesOf, unitsOf } from '../testing/comparison.js';
import { CoordinatorFixture, ended, inState, request } from '../testing/coordinator.js';

const TEACHER_RUN = 'teacher-grounded-0-test';
const { SUCCEEDED, FAILED, PAUSED, RUNNING, CANCELLED } = RunState;

test('a comparison makes every unit once: teachers by runs, students by trainings of their arms', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  const asked = comparisonRequest();
  const [first, second] = await Promise.all([
    coordinator.comparisons.createComparison(asked),
    coordinator.comparisons.createComparison(asked),
  ]);
  assert.deepEqual(first.comparison!.arms, second.comparison!.arms);
  const done = await comparisonIn(coordinator, SUCCEEDED, FAILED);
  assert.equal(done.state, SUCCEEDED, done.failure);
  assert.deepEqual(done.arms, ['base', 'hard-only', 'base-t', 'grounded-t', 'ps', 'pq', 'upper-bound']);
  // Two teachers; two of base, hard-only, base-t, grounded-t, ps, pq, upper-bound.
  assert.deepEqual([done.unitsDone, done.unitsTotal], [16, 16]);
  const { runs } = await coordinator.client.listRuns({});
  assert.deepEqual(
    runs.map(({ id, state }) => [id, state]),
    [[TEACHER_RUN, SUCCEEDED]],
  );
  assert.deepEqual(
    [...fixture.services.worked].filter(([, times]) => times > 1),
    [],
  );
  const { units } = await coordinator.comparisons.listComparisonUnits({ id: COMPARISON });
  assert.deepEqual(stagesOf(units, 'student-pq-0-1'), ['synthetic', 'synthetic', 'hard', 'hard', 'hard']);
  assert.deepEqual(stagesOf(units, 'student-hard-only-1'), Array(5).fill('hard'));
  assert.deepEqual(stagesOf(units, 'student-ps-0-0'), []);
  const teacher = units.find(({ name }) => name === 'teacher-grounded-0')!.result.value;
  assert.ok(teacher?.$typeName === 'soar.coordinator.v1.TeacherUnit');
  assert.deepEqual([teacher.steps.length, teacher.promotions.length, teacher.questions.length], [2, 2, 128]);
  assert.ok(teacher.hiddenDiversity!.asked > 1);
});

test('students stop by the rule of their comparison, unless they have a whole budget', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  const asked = comparisonRequest({ arms: ['pq', 'hard-only-whole-budget'] });
  const { comparison } = asked.config!;
  comparison!.stopping = create(StoppingRuleSchema, { movingAverageSteps: 3, share: 0.15, scoreSteps: 2 });
  comparison!.evaluateEvery = 2;
  await coordinator.comparisons.createComparison(asked);
  const done = await comparisonIn(coordinator, SUCCEEDED, FAILED);
  assert.equal(done.state, SUCCEEDED, done.failure);
  const { units } = await coordinator.comparisons.listComparisonUnits({ id: COMPARISON });
  const of = (name: string) => {
    const student = units.find((unit) => unit.name === name)!.result.value;
    assert.ok(student?.$typeName === 'soar.coordinator.v1.StudentUnit');
    const spec = fixture.services.specs.get(`${COMPARISON}/${name}`)!;
    return [student.training.length, student.stopStep, spec.stopping?.scoreSteps, spec.evaluateEvery];
  };
  assert.deepEqual(of('student-pq-0-0'), [3, 0, 2, 2]);
  assert.deepEqual(of('student-hard-only-0'), [3, 0, 2, 2]);
  assert.deepEqual(of('student-hard-only-whole-budget-0'), [45, undefined, undefined, 2]);
  const others = [...fixture.services.specs].filter(([id]) => !id.startsWith(COMPARISON));
  assert.ok(others.length > 0 && others.every(([, { stopping }]) => stopping === undefined));
});

test('units are listed by name, in pages', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(comparisonRequest({ arms: ['hard-only'] }));
  await comparisonIn(coordinator, SUCCEEDED);
  const names: string[] = [];
  let pageToken = '';
  do {
    const page = await coordinator.comparisons.listComparisonUnits({
      id: COMPARISON,
      pageSize: 3,
      pageToken,
    });
    names.push(...page.units.map(({ name }) => name), '|');
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  assert.deepEqual(names, [
    'student-base-0',
    'student-base-1',
    'student-hard-only-0',
    '|',
    'student-hard-only-1',
    '|',
  ]);
  const { comparisons: all } = await coordinator.comparisons.listComparisons({});
  assert.deepEqual(
    all.map(({ id }) => id),
    [COMPARISON],
  );
});

test('watching a comparison reports its state, progress, every unit and its end', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, (call) => call.startsWith('GetCheckpoint'));
  const coordinator = await fixture.coordinator();
  const creating = coordinator.comparisons.createComparison(comparisonRequest());
  await gate.reached;
  gate.open();
  await creating;
  const seen = new Set<string>();
  const units = new Set<string>();
  for await (const event of coordinator.comparisons.watchComparison({ id: COMPARISON })) {
    if (event.comparison !== undefined) seen.add(RunState[event.comparison.state]);
    if (event.unit !== undefined) units.add(event.unit.name);
    if (event.progress !== undefined) seen.add(`${event.progress.activity} in ${event.progress.unit}`);
  }
  for (const expected of ['RUNNING', 'units in units', 'teacher-grounded-0 in outer steps', 'SUCCEEDED'])
    assert.ok(seen.has(expected), `${expected} in ${[...seen].join(', ')}`);
  assert.ok(units.has('student-pq-0-1') && units.has('teacher-grounded-0'));
  await refused(
    coordinator.comparisons.watchComparison({ id: 'compare-none' })[Symbol.asyncIterator]().next(),
    'NOT_FOUND',
    /no comparison "compare-none"; ListComparisons/,
  );
});

test('an extension adds arms and seeds, makes only what is missing, and refuses other inputs', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  const { comparisons } = coordinator;
  await comparisons.createComparison(comparisonRequest({ arms: ['hard-only'] }));
  await comparisonIn(coordinator, SUCCEEDED);
  const before = new Map(fixture.services.worked);
  const more = { id: COMPARISON, arms: ['pq'], seeds: { teachers: [0], students: [0], alone: [1, 2] } };
  const { comparison } = await comparisons.extendComparison(more);
  assert.deepEqual([comparison!.state, comparison!.seeds!.alone], [RUNNING, [0, 1, 2]]);
  const done = await comparisonIn(coordinator, SUCCEEDED);
  assert.equal(done.unitsTotal, 3 + 3 + 1 + 2);
  assert.ok([...before].every(([id, times]) => fixture.services.worked.get(id) === times));
  // The same extension again adds nothing and repeats no work.
  assert.equal((await comparisons.extendComparison(more)).comparison!.state, SUCCEEDED);
  const other = comparisonRequest({ trainProblems: comparisonRequest().testProblems });
  other.testProblems = comparisonRequest().trainProblems;
  await refused(
    comparisons.createComparison(other),
    'ALREADY_EXISTS',
    /another configuration, base or problems/,
  );
  await refused(
    comparisons.extendComparison({ id: COMPARISON, arms: ['best'] }),
    'INVALID_ARGUMENT',
    /unknown arm "best"/,
  );
});

test('a running comparison can be extended', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  const gate = held(fixture, (call) => call === `CreateTrainingRun ${COMPARISON}/student-hard-only-0`);
  await coordinator.comparisons.createComparison(comparisonRequest({ arms: ['hard-only'] }));
  await gate.reached;
  await coordinator.comparisons.extendComparison({ id: COMPARISON, arms: ['upper-bound'] });
  gate.open();
  const done = await comparisonIn(coordinator, SUCCEEDED);
  assert.deepEqual([done.unitsDone, done.unitsTotal], [6, 6]);
});

test('a supplied unit is not made again, and its students train on its questions', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const maker = await fixture.coordinator();
  await maker.comparisons.createComparison(comparisonRequest());
  await comparisonIn(maker, SUCCEEDED);
  const { units } = await maker.comparisons.listComparisonUnits({ id: COMPARISON });
  const handed = units.filter(({ name }) => name.startsWith('teacher') || name === 'student-pq-0-0');

  const other = await CoordinatorFixture.create(t);
  const coordinator = await other.coordinator();
  await coordinator.comparisons.createComparison(
    comparisonRequest({ arms: ['grounded-t', 'pq', 'base-t'], units: handed }),
  );
  const done = await comparisonIn(coordinator, SUCCEEDED, FAILED);
  assert.equal(done.state, SUCCEEDED, done.failure);
  const made = await unitsOf(coordinator);
  const expected = (await unitsOf(maker)) as { name: string }[];
  assert.deepEqual(
    made,
    expected.filter(({ name }) => !/-(ps|upper-bound)-/.test(name)),
  );
  assert.ok(!other.services.worked.has(`${COMPARISON}/student-pq-0-0`));
  assert.ok(other.services.worked.has(`${COMPARISON}/student-pq-0-1`));
  assert.deepEqual((await coordinator.client.listRuns({})).runs, []);

  // PS needs the promoted student itself, so the run that makes it is created.
  await coordinator.comparisons.extendComparison({ id: COMPARISON, arms: ['ps'] });
  await comparisonIn(coordinator, SUCCEEDED);
  assert.equal((await coordinator.client.listRuns({})).runs[0]!.id, TEACHER_RUN);
  const short = handed[0]!;
  (short.result.value as { heldOut: { correct: number[] }[] }).heldOut[0]!.correct.pop();
  await refused(
    coordinator.comparisons.extendComparison({ id: COMPARISON, units: [short] }),
    'INVALID_ARGUMENT',
    /expected outcomes of 8 held-out problems, got 7/,
  );
});

test('a paused comparison starts nothing new and pauses its teachers, even after a restart', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, (call) => call === 'Propose step/1/propose');
  const first = await fixture.coordinator();
  await first.comparisons.createComparison(comparisonRequest());
  await gate.reached;
  assert.equal((await first.comparisons.pauseComparison({ id: COMPARISON })).comparison!.state, PAUSED);
  assert.equal((await first.client.getRun({ id: TEACHER_RUN })).run!.state, PAUSED);
  gate.open();
  await first.stop();
  const second = await fixture.coordinator();
  await comparisonIn(second, PAUSED);
  // The teacher's run is resumed and the coordinator stops: the comparison stays paused, and pauses the run again.
  await second.client.resumeRun({ id: TEACHER_RUN });
  await second.stop();
  const third = await fixture.coordinator();
  const { state } = (await third.client.getRun({ id: TEACHER_RUN })).run!;
  assert.ok(state === PAUSED || state === SUCCEEDED, RunState[state]);
  await third.comparisons.resumeComparison({ id: COMPARISON });
  const done = await comparisonIn(third, SUCCEEDED, FAILED);
  assert.equal(done.state, SUCCEEDED, done.failure);
  assert.deepEqual(await unitsOf(third), await undisturbed(t));
});

test('a cancelled comparison cannot be resumed; trainings and teacher runs are cancelled', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, (call) => call === 'Propose step/1/propose');
  const coordinator = await fixture.coordinator();
  const { comparisons } = coordinator;
  await comparisons.createComparison(comparisonRequest());
  await gate.reached;
  assert.equal((await comparisons.cancelComparison({ id: COMPARISON })).comparison!.state, CANCELLED);
  gate.open();
  assert.equal((await inState(coordinator.client, TEACHER_RUN, CANCELLED)).state, CANCELLED);
  assert.ok(fixture.services.cancelled.includes(`${COMPARISON}/student-hard-only-0`));
  for (const call of [
    comparisons.resumeComparison({ id: COMPARISON }),
    comparisons.extendComparison({ id: COMPARISON, arms: ['pq-correct'] }),
  ])
    await refused(call, 'FAILED_PRECONDITION', /is cancelled and cannot be/);
});

test('a failed teacher fails the comparison with its message; resuming the comparison resumes the run', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  let broken = true;
  fixture.services.onCall = (call, moment) => {
    if (broken && moment === 'before' && call.startsWith(`ScoreStep ${TEACHER_RUN} 1`))
      throw new UserError('scores are out of order', 'FAILED_PRECONDITION');
  };
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(comparisonRequest());
  const failed = await comparisonIn(coordinator, FAILED);
  assert.deepEqual(
    [failed.failure, failed.failureReason],
    [`run ${TEACHER_RUN} has failed: scores are out of order`, 'FAILED_PRECONDITION'],
  );
  broken = false;
  await coordinator.comparisons.resumeComparison({ id: COMPARISON });
  await comparisonIn(coordinator, SUCCEEDED);
  assert.deepEqual(await unitsOf(coordinator), await undisturbed(t));
});

test('an impossible comparison is refused before it is created', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { comparisons, client } = await fixture.coordinator();
  const refusals: [Parameters<typeof comparisonRequest>[0], RegExp][] = [
    [{ arms: ['best'] }, /unknown arm "best"; expected some of base, hard-only, /],
    [{ curatedProblems: [] }, /upper-bound needs curated easier problems/],
    [{ arms: ['given-questions'] }, /given-questions needs the questions/],
    [{ seeds: { alone: [0] } }, /seeds\.teachers: the arm base-t needs at least one/],
    [{ seeds: { alone: [] }, arms: ['hard-only'] }, /seeds\.alone: the arm base needs at least one/],
    [{ seeds: { alone: [1, 1] } }, /seeds\.alone/],
    [{ id: 'other' }, /id/],
    [{ base: { key: 'models/none' } }, /models\/none/],
    [
      { config: request('x', (config) => (config.rewardQuestions = 9)).config! },
      /reward questions cannot be drawn/,
    ],
    [
      { config: request('x', (config) => (config.domain = 'math')).config!, arms: ['pq-correct'] },
      /needs an oracle/,
    ],
    [
      { config: request('x', (config) => (config.domain = 'math')).config!, arms: ['pq-answers-wrong'] },
      /pq-answers-wrong needs an oracle/,
    ],
    [
      { config: request('x', (config) => (config.teacher.frozen = true)).config!, arms: ['base-t', 'pq'] },
      /arms: pq needs a teacher that learns, and teacher\.frozen is true/,
    ],
  ];
  for (const [change, message] of refusals)
    await assert.rejects(comparisons.createComparison(comparisonRequest(change)), { message });
  await refused(comparisons.getComparison({ id: COMPARISON }), 'NOT_FOUND', /no comparison "compare-test"/);

  // Runs and comparisons share one set of ids, since an id names a folder.
  await client.createRun(request(COMPARISON));
  await ended(client, COMPARISON);
  await refused(comparisons.createComparison(comparisonRequest()), 'ALREADY_EXISTS', /is the id of a run/);
});

test('a sweep keeps base, students and teachers of a comparison, and the list says why', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  const { client, comparisons } = coordinator;
  await client.createRun(request('run'));
  await ended(client, 'run');
  const base = 'run/step-0/dataset-1/repeat-0';
  await comparisons.createComparison(comparisonRequest({ base: { key: base }, arms: ['grounded-t', 'ps'] }));
  await comparisonIn(coordinator, SUCCEEDED);
  await client.sweepArtifacts({ retention: 3 });
  const { artifacts } = await client.listArtifacts({});
  const keptFor = new Map(artifacts.map(({ checkpoint, keptFor }) => [checkpoint!.key, keptFor]));
  assert.ok(keptFor.get(base)?.includes(`base of comparison ${COMPARISON}`), String(keptFor.get(base)));
  assert.deepEqual(keptFor.get(`${COMPARISON}/student-grounded-t-0-1`), [
    `student of comparison ${COMPARISON}`,
  ]);
  assert.deepEqual(keptFor.get(`${TEACHER_RUN}/promoted-student`), [`result of run ${TEACHER_RUN}`]);
  assert.ok(keptFor.has(`${TEACHER_RUN}/step-1/teacher`));
  const { artifacts: own } = await client.listArtifacts({ runId: COMPARISON });
  assert.equal(own.length, 4);
});

/** Units of an undisturbed comparison. */
async function undisturbed(t: Parameters<typeof CoordinatorFixture.create>[0]): Promise<unknown> {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(comparisonRequest());
  await comparisonIn(coordinator, SUCCEEDED);
  return unitsOf(coordinator);
}

/** Holds the calls that match `which` until it is opened. */
function held(fixture: CoordinatorFixture, which: (call: string) => boolean) {
  let open!: () => void;
  let reach!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  fixture.services.onCall = async (call, moment) => {
    if (moment === 'after' || !which(call)) return;
    reach();
    await opened;
  };
  return { open, reached };
}

async function refused(call: Promise<unknown>, reason: string, message: RegExp): Promise<void> {
  await assert.rejects(call, { reason, message });
}
