/**
 * A coordinator that stops in the middle of a comparison, and its successor: the units are those of an undisturbed
 * comparison.
 */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import { PostgresServer, withoutPostgres } from '@soar/store/testing';
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { COMPARISON, comparisonIn, comparisonRequest, unitsOf } from '../testing/comparison.js';
import { CoordinatorFixture, type Coordinator } from '../testing/coordinator.js';

const skip = withoutPostgres();
let postgres: PostgresServer | undefined;
before(async () => {
  if (skip === false) postgres = await PostgresServer.start();
});
after(() => postgres?.remove());

const asked = comparisonRequest({ arms: ['ps', 'pq'] });

async function undisturbed(t: TestContext): Promise<unknown> {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(asked);
  await comparisonIn(coordinator, RunState.SUCCEEDED);
  return unitsOf(coordinator);
}

/** A call of each kind. The coordinator is stopped at the first occurrence of each. */
const moments = [
  `Evaluate models/base 4`,
  `CreateTrainingRun ${COMPARISON}/student-hard-only-1`,
  'CreateTrainingRun teacher-grounded-0-test/step-1/dataset-0/repeat-0',
  'ScoreStep teacher-grounded-0-test 1',
  'Propose compare/questions',
  'Embed models/base',
  'Evaluate teacher-grounded-0-test/promoted-student 4',
  `CreateTrainingRun ${COMPARISON}/student-pq-0-1`,
];

test('stopped at any moment and resumed, a comparison has the same units, and trains nothing twice', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  let coordinator: Coordinator = await fixture.coordinator();
  const ends = [...moments];
  // One coordinator after the other: each is stopped at the first of the remaining moments that it reaches.
  let stopped = stopAt(fixture, ends, () => coordinator.stop());
  await coordinator.comparisons.createComparison(asked);
  while (ends.length > 0) {
    ends.splice(ends.indexOf(await stopped), 1);
    stopped = stopAt(fixture, ends, () => coordinator.stop());
    coordinator = await fixture.coordinator();
  }
  const done = await comparisonIn(coordinator, RunState.SUCCEEDED, RunState.FAILED);
  assert.equal(done.state, RunState.SUCCEEDED, done.failure);
  assert.deepEqual(await unitsOf(coordinator), await undisturbed(t));
  assert.deepEqual(
    [...fixture.services.worked].filter(([, times]) => times > 1),
    [],
  );
});

test(
  'on PostgreSQL a second coordinator takes over a comparison when the first has ended',
  { skip },
  async (t) => {
    const fixture = await CoordinatorFixture.create(t, await postgres!.database());
    const first = await fixture.coordinator();
    const reached = stopAt(fixture, ['ScoreStep teacher-grounded-0-test 1'], () => first.stop());
    await first.comparisons.createComparison(asked);
    const second = await fixture.coordinator(); // a standby until the first has ended
    await reached;
    const done = await comparisonIn(second, RunState.SUCCEEDED, RunState.FAILED);
    assert.equal(done.state, RunState.SUCCEEDED, done.failure);
    assert.deepEqual(await unitsOf(second), await undisturbed(t));
  },
);

/** Calls `stop` at the first of these calls, which gets no answer. Resolves with that call. */
function stopAt(
  fixture: CoordinatorFixture,
  ends: readonly string[],
  stop: () => Promise<void>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    fixture.services.onCall = async (call, when, signal) => {
      if (isOver || when === 'before' || !ends.includes(call)) return;
      isOver = true;
      setImmediate(() => void stop().then(() => resolve(call), reject));
      await new Promise<void>((go) => {
        signal.addEventListener('abort', () => go(), { once: true });
        if (signal.aborted) go();
      });
      throw new UserError('the caller is gone', 'CANCELLED');
    };
  });
}
