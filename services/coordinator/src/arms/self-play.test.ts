/** What a round of self-play keeps, and how the budget is shared among rounds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, CurriculumMode, type Problem, ProblemSchema, VoteSchema } from '@soar/contracts';
import { completeConfig } from '../runs/run-rules.js';
import { request } from '../testing/coordinator.js';
import { agreed, rougeL, roundsOf, unlike } from './self-play.js';

const problems = (...questions: string[]): Problem[] =>
  questions.map((question, i) => create(ProblemSchema, { id: `${i}`, question, answer: 'stated' }));
const words = (text: string): string[] => text.split(' ');

test('ROUGE-L is twice the longest common subsequence over both lengths', () => {
  assert.equal(rougeL(words('a b c d'), words('a b c d')), 1);
  assert.equal(rougeL(words('a b c d'), words('d c b a')), 2 / 8);
  assert.equal(rougeL(words('the cat sat on the mat'), words('the mat sat')), (2 * 2) / 9);
  assert.equal(rougeL(words('a b'), words('c d')), 0);
  assert.equal(rougeL(words('a b c d'), words('d c b a'), 0.7), 2 / 8, 'words in common do not show it');
  assert.equal(rougeL(words('a b c d'), words('a x y z'), 0.7), 0, 'they do');
});

test('questions like a hard problem or an earlier one, and those of more than 150 words, are not kept', async () => {
  const known = problems('What is 3 times 4 plus 5?');
  const asked = problems(
    'what is 3 times 4, plus 5',
    'What is 3 times 4 plus 6?', // 6 of 7 words
    'Which number is the largest below ten?',
    'Which number is the largest below ten!',
    Array.from({ length: 151 }, (_, i) => `w${i}`).join(' '),
    Array.from({ length: 150 }, (_, i) => `w${i}`).join(' '),
    '+',
    '+',
    '-',
  );
  const kept = await unlike(known, asked);
  assert.deepEqual(
    kept.map(({ id }) => id),
    ['2', '5', '6', '8'],
  );
});

test('a question has the answer of the majority, which is 20 to 80 % of the samples', () => {
  const asked = problems('a', 'b', 'c', 'd', 'e', 'f');
  const votes = [3, 4, 12, 13, 8].map((samples, i) =>
    create(VoteSchema, { problemId: `${i}`, answer: i === 4 ? '' : `voted ${samples}`, samples }),
  );
  assert.deepEqual(
    agreed(asked, votes).map(({ id, question, answer }) => [id, question, answer]),
    [
      ['1', 'b', 'voted 4'],
      ['2', 'c', 'voted 12'],
    ],
  );
});

test('rounds have the steps of the whole together; hard steps come last, or are mixed into all', () => {
  const of = (synthetic: number, mode = CurriculumMode.CURRICULUM) => {
    const config = completeConfig(
      request('run', ({ comparison }) => {
        comparison.syntheticSteps = synthetic;
        comparison.mode = mode;
      }).config,
    );
    return roundsOf(config).map(({ comparison }) => [comparison.syntheticSteps, comparison.hardSteps]);
  };
  assert.deepEqual(of(7), [[2, 0], [2, 0], [3, 3]]); // prettier-ignore
  assert.deepEqual(of(2), [[1, 0], [1, 3]]); // prettier-ignore
  assert.deepEqual(of(0), [[0, 3]]);
  assert.deepEqual(of(7, CurriculumMode.MIXED), [[3, 0], [3, 0], [4, 0]]); // prettier-ignore
});
