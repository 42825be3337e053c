/** A judge over real HTTP: what it is asked, what counts as its verdict, and everything that it may do instead. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Clock, UserError } from '@soar/core';
import { describeJudgement, judge, sampleOf } from './judge.js';
import { type JudgeSettings, readJudge, requireSafe } from './settings.js';
import { completion, type RunningEndpoint, startEndpoint } from './testing/running-endpoint.js';

const KEY = 'sk-secret-0123456789';
/** Waits take no time. */
const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() };
const question = (i: number) => ({ id: `q${i}`, question: `What is ${i} + {{answer}}?`, answer: String(i) });
const questions = (count: number) => Array.from({ length: count }, (_, i) => question(i));
const verdict = (wellPosed: boolean, correct: boolean) =>
  `Let me see: {"x": 1}\n{"well_posed": ${wellPosed}, "correct": ${correct}}`;

async function endpoint(
  t: TestContext,
  reply: Parameters<typeof startEndpoint>[0],
): Promise<RunningEndpoint> {
  const running = await startEndpoint(reply);
  t.after(() => running.stop());
  return running;
}

function settings({ url }: RunningEndpoint, more: object = {}): JudgeSettings {
  return readJudge({ url, model: 'gpt-x', ...more });
}

const judging = { key: KEY, seed: 1, questions: 9, clock };

test('each question is asked once, with its answer, and the last verdict in the reply counts', async (t) => {
  const replies = [verdict(true, true), verdict(true, false), verdict(false, true)];
  const running = await endpoint(t, ({ body }, response) => {
    const i = Number(/What is (\d)/.exec(body.messages[0]!.content)![1]);
    response.end(completion(replies[i]!));
  });
  const report = await judge(settings(running, { price: { input: 2, output: 10 } }), questions(3), judging);
  assert.deepEqual(
    report.judgements.map(({ id, wellPosed, correct }) => [id, wellPosed, correct]),
    [
      ['q0', true, true],
      ['q1', true, false],
      ['q2', false, false],
    ],
  );
  assert.deepEqual([report.wellPosed, report.correct, report.tokens], [2, 1, { input: 300, output: 30 }]);
  assert.equal(report.cost, (300 * 2 + 30 * 10) / 1e6);
  const [call] = running.calls;
  assert.deepEqual(
    [call!.path, call!.authorization, call!.body.model],
    ['/v1/chat/completions', `Bearer ${KEY}`, 'gpt-x'],
  );
  assert.match(
    call!.body.messages[0]!.content,
    /<question>\nWhat is \d \+ \{\{answer\}\}\?\n<\/question>\n<answer>\n\d\n/,
  );
  assert.match(
    describeJudgement(report),
    /of 3 judged questions 66\.7 % well-posed, 33\.3 % .*300 \+ 30 tokens, \$0\.0009/,
  );
});

test('refusals, replies without a verdict, and late or failing calls are counted apart', async (t) => {
  const running = await endpoint(t, ({ body }, response) => {
    const i = Number(/What is (\d)/.exec(body.messages[0]!.content)![1]);
    if (i === 0) response.end(completion(null, { message: { content: null, refusal: 'I cannot' } }));
    if (i === 1) response.end(completion('', { finish_reason: 'content_filter' }));
    if (i === 2) response.end(completion('It is fine. {"well_posed": "yes", "correct": true}'));
    if (i === 3) response.end('{"choices": 7}');
    if (i === 4) response.writeHead(500).end('oops');
    if (i === 6) response.end(completion(verdict(true, true)));
    // 5 never answers
  });
  const report = await judge({ ...settings(running), timeoutMs: 700 }, questions(7), judging);
  assert.deepEqual(report.outcomes, { judged: 1, refused: 2, unreadable: 2, late: 1, failed: 1 });
  assert.ok(report.retries >= 6, 'three more attempts each of the one that fails and the one that is late');
  assert.match(describeJudgement(report), /6 of 7 not judged \(2 refused, 2 unreadable, 1 late, 1 failed\)/);
});

test('a busy endpoint is asked again when it says, within a bound', async (t) => {
  const waits: number[] = [];
  const running = await endpoint(t, (_, response, index) => {
    if (index < 2) response.writeHead(429, { 'retry-after': index === 0 ? '2' : '86400' }).end('{}');
    else response.end(completion(verdict(true, true)));
  });
  const sleep = (ms: number) => Promise.resolve(void waits.push(ms));
  const report = await judge(settings(running), questions(1), { ...judging, clock: { ...clock, sleep } });
  assert.deepEqual([report.outcomes.judged, waits], [1, [2_000, 30_000]]);
});

test('an endpoint that will never answer is reported at once, without the key that it echoes', async (t) => {
  const running = await endpoint(t, (_, response) => {
    response.writeHead(401).end(JSON.stringify({ error: { message: `Incorrect API key: ${KEY}` } }));
  });
  await assert.rejects(judge(settings(running), questions(1), judging), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /status 401: Incorrect API key: \[key\]; check judge\.url, judge\.model/);
    assert.ok(!error.message.includes(KEY) && !String(error.stack).includes(KEY));
    return true;
  });
  assert.equal(running.calls.length, 1);
});

test('a redirect is not followed, and a huge reply is not read', async (t) => {
  const other = await endpoint(t, (_, response) => response.end(completion(verdict(true, true))));
  const redirecting = await endpoint(t, (_, response) => {
    response.writeHead(307, { location: `${other.url}/chat/completions` }).end();
  });
  assert.equal((await judge(settings(redirecting), questions(1), judging)).outcomes.failed, 1);
  assert.equal(other.calls.length, 0);
  const huge = await endpoint(t, (_, response) => response.end('x'.repeat(2_000_000)));
  await assert.rejects(judge(settings(huge), questions(1), judging), /more than 1048576 bytes/);
});

test('an endpoint that keeps failing is given up', async (t) => {
  const running = await endpoint(t, (_, response) => response.writeHead(500).end());
  await assert.rejects(judge(settings(running), questions(50), judging), /6 calls in a row failed/);
  assert.ok(running.calls.length <= 4 * 10, `${running.calls.length} calls`);
});

test('the sample is a function of seed and count', () => {
  const drawn = sampleOf(100, 10, 7);
  assert.deepEqual(drawn, sampleOf(100, 10, 7));
  assert.notDeepEqual(drawn, sampleOf(100, 10, 8));
  assert.equal(new Set(drawn).size, 10);
  assert.deepEqual(sampleOf(3, 10, 7), [0, 1, 2]);
});

test('wrong settings are refused by field', () => {
  const good = { url: 'https://host/v1', model: 'm' };
  const wrong: [unknown, RegExp][] = [
    ['gpt', /^judge: expected/],
    [{ ...good, key: 'sk' }, /^judge\.key: unknown field; .*SOAR_JUDGE_KEY/],
    [{ ...good, url: 'host' }, /^judge\.url: expected the address/],
    [{ ...good, url: 'https://me:secret@host/v1' }, /^judge\.url: credentials/],
    [{ url: good.url }, /^judge\.model: /],
    [{ ...good, prompt: 'Is {{question}} fine?' }, /^judge\.prompt: no \{\{answer\}\} in it/],
    [{ ...good, samples: 0 }, /^judge\.samples: expected a whole number from 1 to 10000, got 0/],
    [{ ...good, price: 3 }, /^judge\.price: /],
  ];
  for (const [raw, message] of wrong) assert.throws(() => readJudge(raw), { name: 'UserError', message });
  assert.equal(
    readJudge({ ...good, url: 'https://host/v1/chat/completions' }).url.pathname,
    '/v1/chat/completions',
  );
  const plain = readJudge({ ...good, url: 'http://host/v1' });
  assert.throws(() => requireSafe(plain, KEY), /plain text; use https/);
  requireSafe(plain, undefined);
  requireSafe(readJudge({ ...good, url: 'http://127.0.0.1:1/v1' }), KEY);
});
