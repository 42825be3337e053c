/** Answers are graded against their gold answers, each under the options that its problem states. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Grader } from './grading.js';
import { startGradingServer } from './testing/grading-server.js';

const server = await startGradingServer();
const grader = new Grader(server.address);
after(async () => {
  grader.close();
  await server.stop();
});

test('equal texts under other options are graded apart; what has no verdict is neither right nor wrong', async () => {
  const golds = [
    { answer: '2.5', options: {} },
    { answer: '2.5', options: { precisionAbs: '0.1' } },
    { answer: '\\frac{', options: {} },
    { answer: '2.5', options: {} },
  ];
  const answers = golds.map((gold) => ({ gold, response: '\\boxed{2.52}' }));
  const grades = await grader.grade({ name: 'math', own: undefined }, answers, AbortSignal.timeout(10_000));
  assert.deepEqual(
    grades.map(({ correct, ungraded }) => [correct, ungraded]),
    [
      [false, false],
      [true, false],
      [false, true],
      [false, false],
    ],
  );
});
