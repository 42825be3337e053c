/** Sweeps as resources: create, watch, share units, resume after a stop, pause, cancel, refuse. */
import { type ComparisonUnit, RunState, type Sweep } from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { comparisonRequest, unitsOf } from '../testing/comparison.js';
import { buildNamed, type Coordinator, CoordinatorFixture } from '../testing/coordinator.js';
import { point, SWEEP, sweepIn, sweepRequest } from '../testing/sweep.js';
import { pointRequest } from './sweep-points.js';

const { SUCCEEDED, FAILED, PAUSED, RUNNING, CANCELLED, UNSPECIFIED } = RunState;
/** Whose units cost next to nothing. */
const WITHOUT_TEACHERS = sweepRequest({ arms: ['hard-only'], seeds: { alone: [0] } });
/** A moment that never comes fails its test. */
const BOUND = { timeout: 120_000 };
const POINTS = ['compare-base', 'compare-tau', 'compare-steps'];

test('a sweep makes the comparison of every point, and shares the units that its settings cannot change', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  const asked = sweepRequest();
  const { sweep: first } = await coordinator.sweeps.createSweep(asked);
  assert.deepEqual(first!.arms, ['base', 'hard-only', 'ps', 'pq', 'upper-bound']);
  assert.equal((await coordinator.sweeps.createSweep(asked)).sweep!.id, SWEEP);
  const done = await sweepIn(coordinator, SUCCEEDED);
  assert.deepEqual(
    done.points.map(({ point, state, unitsDone, unitsTotal, unitsShared }) => [
      point!.comparisonId,
      state,
      unitsDone,
      unitsTotal,
      unitsShared,
    ]),
    [
      // Teacher, PS, PQ, base, Hard-Only and the upper bound.
      ['compare-base', SUCCEEDED, 6, 6, 0],
      // Another tau: the arms without a teacher are as they were.
      ['compare-tau', SUCCEEDED, 6, 6, 3],
      // Another budget: base, teacher and PS are.
      ['compare-steps', SUCCEEDED, 6, 6, 3],
    ],
  );
  assert.deepEqual(
    [...fixture.services.worked].filter(([, times]) => times > 1),
    [],
  );
  const { runs } = await coordinator.client.listRuns({});
  assert.deepEqual(
    runs.map(({ id }) => id),
    ['teacher-grounded-0-base', 'teacher-grounded-0-tau'],
  );
  assert.equal((await coordinator.sweeps.listSweeps({})).sweeps[0]!.id, SWEEP);
  // No promotion at a tau of 1: the student of promotion questions is Hard-Only.
  const { units } = await coordinator.comparisons.listComparisonUnits({ id: 'compare-tau' });
  assert.equal(promotionsOf(units), 0);
  assert.deepEqual(await pointsOf(coordinator), await madeAlone(t));
});

test('watching a sweep reports its points, their units and progress, and its end', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  const gate = held(fixture, 'CreateTrainingRun compare-base/student-hard-only-0');
  await coordinator.sweeps.createSweep(WITHOUT_TEACHERS);
  const seen = new Set<string>();
  for await (const { sweep, unit, progress } of coordinator.sweeps.watchSweep({ id: SWEEP })) {
    gate.open();
    if (sweep !== undefined)
      seen.add(`${RunState[sweep.state]} ${sweep.points.map(({ state }) => state).join('')}`);
    if (unit !== undefined) seen.add(unit.name);
    if (progress !== undefined) seen.add(`${progress.activity} in ${progress.unit}`);
  }
  const last = `SUCCEEDED ${String(SUCCEEDED).repeat(3)}`;
  for (const expected of [
    last,
    'student-hard-only-0',
    'points in points',
    'student-hard-only-0 in training steps',
  ])
    assert.ok(seen.has(expected), `${expected} in ${[...seen].join(', ')}`);
});

test(
  'stopped at any moment and resumed, a sweep has the same results, and trains nothing twice',
  BOUND,
  async (t) => {
    const fixture = await CoordinatorFixture.create(t);
    let coordinator: Coordinator = await fixture.coordinator();
    const moments = [
      'CreateTrainingRun teacher-grounded-0-base/step-1/dataset-0/repeat-0',
      'CreateTrainingRun compare-base/student-pq-0-0',
      'ScoreStep teacher-grounded-0-tau 1',
      'CreateTrainingRun compare-steps/student-hard-only-0',
    ];
    await coordinator.sweeps.createSweep(sweepRequest());
    while (moments.length > 0) {
      const [moment] = moments;
      const gate = held(fixture, moment!);
      await gate.reached;
      await coordinator.stop();
      gate.open();
      moments.shift();
      if (moments.length > 0) fixture.services.onCall = () => undefined;
      coordinator = await fixture.coordinator();
    }
    const done = await sweepIn(coordinator, SUCCEEDED);
    assert.deepEqual(
      done.points.map(({ unitsShared }) => unitsShared),
      [0, 3, 3],
    );
    assert.deepEqual(
      [...fixture.services.worked].filter(([, times]) => times > 1),
      [],
    );
    assert.deepEqual(await pointsOf(coordinator), await madeAlone(t));
  },
);

test('a paused sweep pauses its comparison and begins no other, even after a restart', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, 'CreateTrainingRun compare-base/student-hard-only-0');
  const first = await fixture.coordinator();
  await first.sweeps.createSweep(WITHOUT_TEACHERS);
  await gate.reached;
  const { sweep } = await first.sweeps.pauseSweep({ id: SWEEP });
  assert.deepEqual(
    [sweep!.state, ...sweep!.points.map(({ state }) => state)],
    [PAUSED, PAUSED, UNSPECIFIED, UNSPECIFIED],
  );
  gate.open();
  await first.stop();
  const second = await fixture.coordinator();
  assert.equal((await sweepIn(second, PAUSED)).points[0]!.state, PAUSED);
  await second.sweeps.resumeSweep({ id: SWEEP });
  await sweepIn(second, SUCCEEDED);
  assert.deepEqual(
    [...fixture.services.worked].filter(([, times]) => times > 1),
    [],
  );
});

test('a cancelled sweep cancels its comparisons, but for those of another sweep, and cannot be resumed', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, 'Propose step/1/propose');
  const coordinator = await fixture.coordinator();
  const { sweeps, comparisons } = coordinator;
  await sweeps.createSweep(sweepRequest());
  await gate.reached;
  await sweeps.createSweep(sweepRequest({ id: 'sweep-other', points: [point('base')] }));
  assert.equal((await sweeps.cancelSweep({ id: SWEEP })).sweep!.state, CANCELLED);
  assert.equal((await comparisons.getComparison({ id: 'compare-base' })).comparison!.state, RUNNING);
  const { sweep } = await sweeps.cancelSweep({ id: 'sweep-other' });
  assert.deepEqual([sweep!.state, sweep!.points[0]!.state], [CANCELLED, CANCELLED]);
  gate.open();
  await refused(
    sweeps.resumeSweep({ id: SWEEP }),
    'FAILED_PRECONDITION',
    /is cancelled and cannot be resumed/,
  );
  await refused(
    sweeps.createSweep(sweepRequest({ id: 'sweep-again' })),
    'INVALID_ARGUMENT',
    /points\[0\] \(base\): comparison "compare-base" was cancelled and cannot be finished/,
  );
});

test('a failed comparison fails the sweep with its message, and resuming the sweep resumes it', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  let isBroken = true;
  fixture.services.onCall = (call, moment) => {
    if (isBroken && moment === 'before' && call === 'CreateTrainingRun compare-steps/student-hard-only-0')
      throw new UserError('scores are out of order', 'FAILED_PRECONDITION');
  };
  const coordinator = await fixture.coordinator();
  await coordinator.sweeps.createSweep(WITHOUT_TEACHERS);
  const failed = await sweepIn(coordinator, FAILED);
  assert.match(failed.failure, /^comparison compare-steps has failed: scores are out of order/);
  assert.deepEqual(
    [failed.failureReason, ...failed.points.map(({ state }) => state)],
    ['FAILED_PRECONDITION', SUCCEEDED, SUCCEEDED, FAILED],
  );
  isBroken = false;
  await coordinator.sweeps.resumeSweep({ id: SWEEP });
  await sweepIn(coordinator, SUCCEEDED);
});

test('another sweep extends the comparisons that are there, and makes only what is missing', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  await coordinator.sweeps.createSweep(WITHOUT_TEACHERS);
  await sweepIn(coordinator, SUCCEEDED);
  const before = new Map(fixture.services.worked);
  const seeds = { alone: [0, 1] };
  const more = sweepRequest({ id: 'sweep-more', arms: ['upper-bound'], seeds });
  await coordinator.sweeps.createSweep(more);
  const done = await watched(coordinator, 'sweep-more');
  // Base, Hard-Only and the upper bound of two seeds.
  assert.deepEqual(
    done.points.map(({ unitsDone, unitsTotal }) => [unitsDone, unitsTotal]),
    Array(3).fill([6, 6]),
  );
  // Tau takes over all from the base; the third point only what the base model answers.
  assert.deepEqual(
    done.points.map(({ unitsShared }) => unitsShared),
    [0, 6, 2],
  );
  assert.ok([...before].every(([id, times]) => fixture.services.worked.get(id) === times));
});

test('units of other builds are not shared', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.build = buildNamed('trainer', '1.0.0');
  const coordinator = await fixture.coordinator();
  await coordinator.sweeps.createSweep(
    sweepRequest({ arms: ['hard-only'], seeds: { alone: [0] }, points: [point('base')] }),
  );
  await sweepIn(coordinator, SUCCEEDED);
  fixture.services.build = buildNamed('trainer', '1.0.1');
  await coordinator.sweeps.createSweep({ ...WITHOUT_TEACHERS, id: 'sweep-more' });
  const last = await watched(coordinator, 'sweep-more');
  // Nothing of the first point; the third takes over what the second made with the build that is there.
  assert.deepEqual(
    last.points.map(({ unitsShared }) => unitsShared),
    [0, 0, 1],
  );
});

test('a sweep with wrong points is refused before anything starts, with one message on all of them', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { sweeps, comparisons } = await fixture.coordinator();
  const points = [
    point('base'),
    point('a', { 'promotion.taus': 1 }),
    point('b', { 'comparison.hardSteps': 0.5 }),
    point('c', { rewardQuestions: 9 }),
    point('d', { 'teacher.datasets': 1 }),
    point('e', { seed: 1 }),
    point('f', { 'promotion.tau': 1, 'promotion.window': 2 }),
    point('f', { 'promotion.tau': 0.5 }),
    point('g', { 'promotion.tau': 0.5 }),
    point('h', { 'comparison.passAt': 1 }),
  ];
  await refused(
    sweeps.createSweep(sweepRequest({ points })),
    'INVALID_ARGUMENT',
    new RegExp(
      [
        String.raw`^points\[1\] \(promotion\.taus = 1\): promotion\.taus: unknown field; did you mean tau\?`,
        String.raw`points\[2\] \(comparison\.hardSteps = 0\.5\): comparison\.hardSteps: expected a whole number`,
        String.raw`points\[3\] \(rewardQuestions = 9\): config\.reward_questions: 9 reward questions cannot be drawn`,
        String.raw`points\[4\] .*teacher\.datasets: must be greater than or equal to 2`,
        String.raw`points\[5\] .*seed: is not used by comparisons`,
        String.raw`points\[7\] .*has the comparison id of points\[6\]`,
        String.raw`points\[8\] .*has the settings of points\[7\]`,
        String.raw`points\[9\] .*passAt: expected a list`,
      ].join('.*; '),
    ),
  );
  await refused(
    sweeps.createSweep(sweepRequest({ arms: ['best'] })),
    'INVALID_ARGUMENT',
    /unknown arm "best"/,
  );
  await refused(sweeps.createSweep(sweepRequest({ points: [] })), 'INVALID_ARGUMENT', /points/);
  await refused(sweeps.getSweep({ id: SWEEP }), 'NOT_FOUND', /no sweep "sweep-test"; ListSweeps/);
  assert.deepEqual((await comparisons.listComparisons({})).comparisons, []);
  assert.deepEqual([...fixture.services.worked], []);
});

/** Watches a sweep to its end. */
async function watched({ sweeps }: Coordinator, id: string): Promise<Sweep> {
  let last: Sweep | undefined;
  for await (const { sweep } of sweeps.watchSweep({ id }, { deadlineMs: 30_000 })) last = sweep ?? last;
  return last!;
}

function promotionsOf(units: readonly ComparisonUnit[]): number {
  const [teacher] = units.flatMap(({ result }) => (result.case === 'teacher' ? [result.value] : []));
  return teacher!.promotions.length;
}

/** Units of every point. */
function pointsOf(coordinator: Coordinator): Promise<unknown[]> {
  return Promise.all(POINTS.map((id) => unitsOf(coordinator, id)));
}

let alone: Promise<unknown[]> | undefined;

/** Units of the same comparisons, each made by itself; made once for all tests. */
function madeAlone(t: TestContext): Promise<unknown[]> {
  return (alone ??= makeAlone(t));
}

async function makeAlone(t: TestContext): Promise<unknown[]> {
  const sweep = sweepRequest();
  const made: unknown[] = [];
  for (const one of sweep.points) {
    const fixture = await CoordinatorFixture.create(t);
    const coordinator = await fixture.coordinator();
    await coordinator.comparisons.createComparison({ ...comparisonRequest(), ...pointRequest(sweep, one) });
    for await (const _ of coordinator.comparisons.watchComparison({ id: one.comparisonId }));
    made.push(await unitsOf(coordinator, one.comparisonId));
  }
  return made;
}

/** Holds the calls of this name until it is opened. */
function held(fixture: CoordinatorFixture, name: string) {
  let open!: () => void;
  let reach!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  fixture.services.onCall = async (call, moment) => {
    if (moment === 'after' || call !== name) return;
    reach();
    await opened;
  };
  return { open, reached };
}

async function refused(call: Promise<unknown>, reason: string, message: RegExp): Promise<void> {
  await assert.rejects(call, { reason, message });
}
