/** What the arms of a comparison beside PQ make of a teacher and its promotion questions. */
import { RunState } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMPARISON, comparisonIn, comparisonRequest, stagesOf } from '../testing/comparison.js';
import { CoordinatorFixture } from '../testing/coordinator.js';

const TEACHER_RUN = 'teacher-grounded-0-test';
const { SUCCEEDED, FAILED } = RunState;

test('a frozen teacher has a run of its own, and its students train on what was promoted there', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(comparisonRequest({ arms: ['frozen-ps', 'frozen-pq'] }));
  const done = await comparisonIn(coordinator, SUCCEEDED, FAILED);
  assert.deepEqual([done.arms.slice(2), done.failure], [['frozen-ps', 'frozen-pq'], '']);
  const run = 'teacher-frozen-0-test';
  assert.equal((await coordinator.client.getRun({ id: run })).run!.config!.teacher!.frozen, true);
  assert.ok(!fixture.services.calls.some((call) => call.startsWith('Update ')));
  const { units } = await coordinator.comparisons.listComparisonUnits({ id: COMPARISON });
  assert.deepEqual(stagesOf(units, 'student-frozen-pq-0-1').slice(0, 2), ['synthetic', 'synthetic']);
  assert.deepEqual(stagesOf(units, 'student-frozen-ps-0-0'), []);
  assert.ok(fixture.services.calls.includes(`Evaluate ${run}/promoted-student 4`));
  const teacher = units.find(({ name }) => name === 'teacher-frozen-0')!.result.value;
  assert.ok(teacher?.$typeName === 'soar.coordinator.v1.TeacherUnit');
  assert.deepEqual([teacher.steps.length, teacher.promotions.length], [2, 2]);
});

test('the trained teacher and the promoted student answer held-out problems, once for each seed', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const coordinator = await fixture.coordinator();
  await coordinator.comparisons.createComparison(comparisonRequest({ arms: ['grounded-t-solving', 'ps'] }));
  await comparisonIn(coordinator, SUCCEEDED, FAILED);
  const { units } = await coordinator.comparisons.listComparisonUnits({ id: COMPARISON });
  const scores = (arm: string): number[] =>
    units.flatMap(({ name, result }) => {
      if (!name.startsWith(`student-${arm}-`) || result.case !== 'student') return [];
      const { correct } = result.value.heldOut[0]!;
      return [correct.filter((count) => count > 0).length];
    });
  // Skills, as of the stand-ins: 1 of the base, 0 of an updated teacher, 3 after two promotions.
  assert.deepEqual(['base', 'grounded-t-solving', 'ps'].map(scores), [[1, 1], [0, 0], [3, 3]]); // prettier-ignore
  const times = (call: string): number => fixture.services.calls.filter((it) => it === call).length;
  assert.equal(times(`Evaluate ${TEACHER_RUN}/step-1/teacher 4`), 2);
  assert.equal(times(`Evaluate ${TEACHER_RUN}/promoted-student 4`), 2);
});

test('students train on given questions, and on promotion questions with other answers', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const trainedOn = new Map<string, string[]>();
  const { train } = fixture.services;
  fixture.services.train = (id, spec) => {
    const [first] = spec.stages;
    trainedOn.set(
      id.split('/').at(-1)!,
      first!.problems.map((problem) => `${problem.id} ${problem.question}=${problem.answer}`),
    );
    return train.call(fixture.services, id, spec);
  };
  const coordinator = await fixture.coordinator();
  const asking = comparisonRequest({
    questions: ['0', '1'].map((answer) => ({ id: 'train-0', question: `q${answer}`, answer })),
    arms: ['given-questions', 'pq', 'pq-answers-right', 'pq-answers-wrong'],
  });
  asking.config!.outerSteps = 1;
  asking.config!.teacher!.questionsPerDataset = 3;
  await coordinator.comparisons.createComparison(asking);
  const done = await comparisonIn(coordinator, SUCCEEDED, FAILED);
  assert.equal(done.state, SUCCEEDED, done.failure);
  assert.deepEqual(trainedOn.get('student-given-questions-1'), ['given-0 q0=0', 'given-1 q1=1']);
  const pq = (arm: string) => trainedOn.get(`student-${arm}-0-0`);
  const asked = ['101+200', '101+201', '101+202'];
  const of = (...answers: string[]) => answers.map((answer, i) => `asked-${i} ${asked[i]}=${answer}`);
  assert.deepEqual(pq('pq'), of('000', '302', '303'));
  assert.deepEqual(pq('pq-answers-right'), of('301', '302', '303'));
  assert.deepEqual(pq('pq-answers-wrong'), of('302', '303', '301'));
});
