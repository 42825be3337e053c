/** The arm serl in a comparison: rounds that continue each other, and what each of them trains on. */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { COMPARISON, comparisonIn, comparisonRequest, stagesOf, unitsOf } from '../testing/comparison.js';
import { CoordinatorFixture } from '../testing/coordinator.js';

const { SUCCEEDED, FAILED } = RunState;
const STUDENT = `${COMPARISON}/student-serl-0`;

/** A student that asks two questions of its own in each round; the vote on the second is too clear. */
async function fixtureOf(t: TestContext): Promise<CoordinatorFixture> {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.asks = (k, i, path) => `${path.split('/')[2]} ${k + i === 0 ? 'x' : 'y'}`;
  fixture.services.votes = (question, samples) => ({
    answer: `voted ${question.length}`,
    samples: question.endsWith('x') ? samples / 2 : samples,
  });
  return fixture;
}

function asked(syntheticSteps = 4) {
  const request = comparisonRequest({ arms: ['serl'], seeds: { teachers: [0], students: [0], alone: [0] } });
  request.config!.comparison!.syntheticSteps = syntheticSteps;
  return request;
}

test("each round trains what the one before made, on its own questions with the majority's answers", async (t) => {
  const fixture = await fixtureOf(t);
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(asked());
  const done = await comparisonIn(coordinator, SUCCEEDED, FAILED);
  assert.deepEqual([done.state, done.arms], [SUCCEEDED, ['base', 'hard-only', 'serl']]);
  const { calls, specs } = fixture.services;
  assert.deepEqual(
    calls.filter((call) => /^(Propose|CreateTrainingRun.*serl|Evaluate.* 16)/.test(call)),
    [0, 1, 2].flatMap((round) => [
      `Propose compare/self-play/${round}/questions`,
      `Evaluate ${round === 0 ? 'models/base' : `${STUDENT}/round-${round - 1}`} 16`,
      `CreateTrainingRun ${STUDENT}/round-${round}`,
    ]),
  );
  const trainings = [0, 1, 2].map((round) => {
    const { base, reference, stages, random } = specs.get(`${STUDENT}/round-${round}`)!;
    return { base: base!.key, reference: reference!.key, stages, path: random!.path };
  });
  assert.deepEqual(
    trainings.map(({ base, reference, path }) => [base, reference, path]),
    [0, 1, 2].map((round) => [
      round === 0 ? 'models/base' : `${STUDENT}/round-${round - 1}`,
      'models/base',
      `compare/self-play/${round}/training`,
    ]),
  );
  const own = (round: number, steps: number) => ['synthetic', steps, [`${round} x=voted 3`]];
  const hard = asked().trainProblems.map(({ question, answer }) => `${question}=${answer}`);
  assert.deepEqual(
    trainings.map(({ stages }) =>
      stages.map(({ name, steps, problems }) => [
        name,
        steps,
        problems.map(({ question, answer }) => `${question}=${answer}`),
      ]),
    ),
    [[own(0, 1)], [own(1, 1)], [own(2, 2), ['hard', 3, hard]]],
  );
  const { units } = await coordinator.comparisons.listComparisonUnits({ id: COMPARISON });
  const stages = stagesOf(units, 'student-serl-0');
  assert.deepEqual(stages, [...Array<string>(4).fill('synthetic'), 'hard', 'hard', 'hard']);
  assert.equal(stages.length, stagesOf(units, 'student-hard-only-0').length, 'the budget of every arm');
  const unit = units.find(({ name }) => name === 'student-serl-0')!.result.value!;
  assert.ok(unit.$typeName === 'soar.coordinator.v1.StudentUnit');
  assert.deepEqual(
    unit.heldOut.map(({ step }) => step),
    [0, 1, 2, 7],
  );
  assert.equal(unit.cost!.tokens, 3 * 2 * 100, 'the votes count');
});

test('a round without questions, or whose student can no longer ask, trains on the hard problems', async (t) => {
  const fixture = await fixtureOf(t);
  fixture.services.asks = () => 'the same question again';
  fixture.services.onCall = (call) => {
    if (call !== 'Propose compare/self-play/2/questions') return;
    throw new UserError('propose: too few', 'RESOURCE_EXHAUSTED', 'well_formed_share_min');
  };
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(asked());
  const done = await comparisonIn(coordinator, SUCCEEDED, FAILED);
  assert.equal(done.state, SUCCEEDED, done.failure);
  const { units } = await coordinator.comparisons.listComparisonUnits({ id: COMPARISON });
  assert.deepEqual(stagesOf(units, 'student-serl-0'), Array<string>(7).fill('hard'));
});

/** A moment that is never reached would wait for ever. */
const LIMIT = { timeout: 60_000 };

test(
  'stopped in any round and resumed, the unit is the same, and nothing is asked or trained twice',
  LIMIT,
  async (t) => {
    const undisturbed = await fixtureOf(t);
    const whole = await undisturbed.coordinator();
    await whole.comparisons.createComparison(asked());
    await comparisonIn(whole, SUCCEEDED);

    const fixture = await fixtureOf(t);
    const moments = new Set([
      'Propose compare/self-play/0/questions',
      `Evaluate ${STUDENT}/round-0 16`,
      `CreateTrainingRun ${STUDENT}/round-1`,
      `CreateTrainingRun ${STUDENT}/round-2`,
    ]);
    let coordinator = await fixture.coordinator();
    await coordinator.comparisons.createComparison(asked());
    for (let left = moments.size; left > 0; left--) {
      await new Promise<void>((resolve, reject) => {
        fixture.services.onCall = async (call, when, signal) => {
          if (when === 'before' || !moments.delete(call)) return;
          setImmediate(() => void coordinator.stop().then(resolve, reject));
          await new Promise<void>((go) => {
            if (signal.aborted) go();
            signal.addEventListener('abort', () => go(), { once: true });
          });
          throw new UserError('the caller is gone', 'CANCELLED');
        };
      });
      coordinator = await fixture.coordinator();
    }
    await comparisonIn(coordinator, SUCCEEDED);
    assert.deepEqual(await unitsOf(coordinator), await unitsOf(whole));
    const { worked, calls } = fixture.services;
    assert.deepEqual(
      [...worked].filter(([, times]) => times > 1),
      [],
    );
    const times = (wanted: string): number => calls.filter((call) => call === wanted).length;
    assert.equal(times('Propose compare/self-play/0/questions'), 2, 'its answer was lost');
    for (const round of [1, 2]) assert.equal(times(`Propose compare/self-play/${round}/questions`), 1);
    assert.equal(times('Evaluate models/base 16'), 1);
  },
);
