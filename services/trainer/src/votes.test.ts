/** Which answer most samples give: as the verifier reads answers, whatever the gold answer is. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Grader } from './grading.js';
import { requestDomain } from './request-domain.js';
import { greedy, problems, sampling } from './testing/requests.js';
import { openSite, type Site } from './testing/running-trainer.js';
import { startGradingServer } from './testing/grading-server.js';
import { votesOf } from './votes.js';

let site: Site;
before(async () => void (site = await openSite()));
after(() => site.close());

test('answers written differently vote together; what cannot be read, or is missing, has no vote', async (t) => {
  const server = await startGradingServer();
  const grader = new Grader(server.address);
  t.after(() => server.stop());
  t.after(() => grader.close());
  const voted = async (...answers: string[]) => {
    const found = answers.map((extracted) => ({ extracted, response: extracted && `\\boxed{${extracted}}` }));
    const problems = [{ id: 'p', gold: { answer: 'unread', options: {} }, prompt: [] }];
    const asked = { problems, domain: requestDomain({ domain: 'math' }), extraction: '' };
    const [vote] = await votesOf(asked, [{ answers: found }], grader, AbortSignal.timeout(10_000));
    return [vote!.answer, vote!.samples];
  };
  assert.deepEqual(await voted('3', '\\frac{1}{2}', '3', '\\dfrac12', '\\frac{1}{2}'), ['\\frac{1}{2}', 3]);
  assert.deepEqual(await voted('0.5', '2', '2', '\\frac{1}{2}', '\\dfrac12'), ['0.5', 3]);
  assert.deepEqual(await voted('7', '3', '3', '7'), ['7', 2], 'the first of equals');
  assert.deepEqual(await voted('\\frac{', '', '', '\\frac{', '5'), ['5', 1]);
  assert.deepEqual(await voted('', '\\frac{'), ['', 0]);
  assert.deepEqual(await voted(), ['', 0]);
});

test('an evaluation returns votes where they are asked for, and refuses them among greedy answers', async () => {
  const trainer = await site.trainer();
  const ask = (votes: boolean, settings = sampling, samplesPerProblem = 40) => {
    const spec = { problems, samplesPerProblem, sampling: settings, random: { seed: 1, path: 'votes' } };
    return trainer.client.evaluate({ checkpoint: site.characters, domain: 'arithmetic', spec, votes });
  };
  const { votes, evaluation, extractions } = await ask(true);
  assert.deepEqual(
    votes.map(({ problemId }) => problemId),
    problems.map(({ id }) => id),
  );
  const found = extractions.filter(({ rule }) => rule !== 'none').reduce((sum, it) => sum + it.responses, 0);
  const cast = votes.reduce((sum, { samples }) => sum + samples, 0);
  assert.ok(cast <= found, 'only answers that were found vote');
  const plain = await ask(false);
  assert.deepEqual([plain.votes, plain.evaluation], [[], evaluation], 'a vote changes no outcome');
  await assert.rejects(ask(true, greedy), /votes: expected a temperature above 0, got 0/);
  await assert.rejects(ask(true, sampling, 65), /votes: expected at most 64 .*, got 65/);
});
