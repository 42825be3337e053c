/** What has no verdict counts neither for the model nor against it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProblemSet } from '@soar/datasets';
import { chosenDomain } from './domains/chosen-domain.js';
import { meanPassAtK, readableIn, requireReadable, ungradedWarning } from './readable-problems.js';

const problem = (answer: string) => ({ id: answer, question: 'q', answer });
const set = (...answers: string[]): ProblemSet => ({
  problems: answers.map(problem),
  places: answers.map((_, i) => `p.jsonl:${i + 1}`),
  source: 'p.jsonl',
  shape: '',
  repeated: 0,
});
const unexpected = (line: string): never => assert.fail(line);
const math = chosenDomain('math', undefined);

test('problems whose gold answers cannot be read are left out, with place and reason', async () => {
  const { problems, unreadable } = await readableIn(math, set('1', '\\frac{', '\\frac12'));
  assert.deepEqual(
    problems.map(({ id }) => id),
    ['1', '\\frac12'],
  );
  assert.deepEqual(
    unreadable.map(({ place, problem: { id } }) => [place, id]),
    [['p.jsonl:2', '\\frac{']],
  );
  const lines: string[] = [];
  assert.equal((await requireReadable(math, set('1', '\\frac{'), (line) => lines.push(line))).length, 1);
  assert.match(
    lines.join(),
    /^warning: 1 of 2 problems are left out: math cannot read .* the first is p\.jsonl:2: /,
  );
  assert.equal((await requireReadable(math, set('1'), unexpected)).length, 1);
  await assert.rejects(
    requireReadable(math, set('\\frac{'), unexpected),
    /p\.jsonl: no gold answer can be read/,
  );
});

test('pass@k is over graded samples, and over problems with at least k of them', () => {
  const outcome = (samples: number, correct: number, ungraded: number) => ({ samples, correct, ungraded });
  assert.equal(meanPassAtK([outcome(4, 1, 0), outcome(4, 1, 2)], 1), (1 / 4 + 1 / 2) / 2);
  assert.equal(meanPassAtK([outcome(4, 1, 0), outcome(4, 1, 2)], 4), 1, 'the second has no 4 graded samples');
  assert.equal(meanPassAtK([outcome(4, 0, 4)], 1), undefined);
  assert.equal(ungradedWarning([outcome(4, 1, 0)]), undefined);
  assert.match(
    ungradedWarning([outcome(4, 1, 0), outcome(4, 0, 3)])!,
    /^warning: 3 of 8 samples, of 1 problems, /,
  );
});
