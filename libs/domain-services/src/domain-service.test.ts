/** Gradings by another service over real gRPC, and what becomes of one that is late, broken or away. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Verdict } from '@soar/contracts';
import { UserError, type Reason } from '@soar/core';
import { DomainService } from './domain-service.js';
import { type Behaviour, CAPITALS, startService } from './testing/running-service.js';

const { CORRECT, INCORRECT, NO_ANSWER, TIMEOUT, UNDECIDED } = Verdict;
const item = (response: string, gold = 'Rome') => ({ gold, response, options: {} });

async function serviceOf(t: TestContext, behaviour: Behaviour = {}) {
  const running = await startService(behaviour);
  const bounds = { itemsMax: 4, callMs: 700, itemMs: 700, spoiltMax: 2 };
  const service = new DomainService(running.address, { bounds });
  t.after(async () => {
    service.close();
    await running.stop();
  });
  return { service, calls: running.calls, stop: running.stop };
}

const rejects = (call: Promise<unknown>, reason: Reason, message: RegExp) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, message);
    assert.equal(error.reason, reason);
    return true;
  });

test('answers come back in order, in calls of bounded size, with the rewards of the paper', async (t) => {
  const { service, calls } = await serviceOf(t);
  const responses = [
    'answer: Rome',
    'answer: Romeo',
    'answer: Oslo',
    'dunno',
    '<think>answer: Rome</think> no',
  ];
  const graded = await service.verify(
    'capitals',
    responses.map((r) => item(r)),
    {},
    false,
  );
  assert.deepEqual(
    graded.map(({ verdict, extracted, boxed, reward }) => [verdict, extracted, boxed, reward]),
    [
      [CORRECT, 'Rome', true, 120],
      [INCORRECT, 'Romeo', true, 20],
      [INCORRECT, 'Oslo', true, 10],
      [NO_ANSWER, '', false, 0],
      [NO_ANSWER, '', false, 0],
    ],
  );
  assert.deepEqual(calls, [4, 1]);
  const parsed = await service.parse('capitals', ['Rome', ' ']);
  assert.deepEqual(
    parsed.map((each) => each.parsed),
    [true, false],
  );
});

test('rewards of its own are taken where the domain says so', async (t) => {
  const graded: Behaviour['graded'] = (_, right) => right.map((each) => ({ ...each, reward: -3 }));
  const { service } = await serviceOf(t, { graded });
  assert.equal((await service.verify('capitals', [item('answer: Rome')], {}, true))[0]!.reward, -3);
  assert.equal((await service.verify('capitals', [item('answer: Rome')], {}, false))[0]!.reward, 120);
});

test('an item that hangs or fails spoils no other', async (t) => {
  const graded: Behaviour['graded'] = async (responses, right) => {
    if (responses.includes('hang')) await new Promise(() => undefined);
    if (responses.includes('fail')) throw new Error('as ordered');
    return right;
  };
  const { service } = await serviceOf(t, { graded });
  const items = ['answer: Rome', 'hang', 'answer: Oslo', 'fail', 'answer: Rome'].map((r) => item(r));
  const verdicts = (await service.verify('capitals', items, {}, false)).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, [CORRECT, TIMEOUT, INCORRECT, UNDECIDED, CORRECT]);
});

test('a service that fails on many items is broken, and one that is late for many is away', async (t) => {
  const failing = await serviceOf(t, {
    graded: () => {
      throw new Error('as ordered');
    },
  });
  const items = Array.from({ length: 8 }, () => item('x'));
  await rejects(
    failing.service.verify('capitals', items, {}, false),
    'INTERNAL',
    /VerifyBatch: more than 2 items .* late or failed, each alone; the last: internal error/,
  );
  const late = await serviceOf(t, { graded: () => new Promise(() => undefined) });
  await rejects(
    late.service.verify('capitals', items, {}, false),
    'UNAVAILABLE',
    /late or failed.*no answer within the deadline/,
  );
});

test('a reply that would make a run wrong is refused by item and field', async (t) => {
  const replies: [NonNullable<Behaviour['graded']>, RegExp][] = [
    [(_, right) => right.slice(1), /VerifyBatch: 2 items, 1 results; expected one for each/],
    [(_, right) => [...right, ...right], /2 items, 4 results/],
    [(_, right) => right.map(() => ({ verdict: 0 })), /item 0: verdict 0 is none of the contract's/],
    [(_, right) => right.map(() => ({ verdict: 99 as Verdict })), /verdict 99/],
    [(_, [a]) => [a!, { verdict: CORRECT, reward: NaN }], /item 1: reward NaN, expected a number from -1000/],
    [(_, right) => right.map(() => ({ verdict: CORRECT, reward: 1e9 })), /reward 1000000000/],
  ];
  for (const [graded, message] of replies) {
    const { service } = await serviceOf(t, { graded });
    const call = service.verify('capitals', [item('a'), item('b')], {}, true);
    await rejects(call, 'FAILED_PRECONDITION', message);
  }
});

test('huge texts of a reply are cut', async (t) => {
  const huge = 'x'.repeat(200_000);
  const { service } = await serviceOf(t, {
    graded: (_, right) => right.map(() => ({ verdict: INCORRECT, extracted: huge, stage: huge })),
    parsed: (answers) => answers.map(() => ({ parsed: false, reason: huge })),
  });
  const [first] = await service.verify('capitals', [item('a')], {}, false);
  assert.deepEqual([first!.extracted.length, first!.stage.length], [65_536, 128]);
  assert.equal((await service.parse('capitals', ['a']))[0]!.reason.length, 256);
});

test('a listing says of each domain why no run can use it', async (t) => {
  const prompt = { text: 'T' };
  const domains = [
    CAPITALS,
    { name: 'bare' },
    { name: 'blind', definition: { student: prompt, teacher: prompt } },
    { name: 'other', definition: { name: 'another', student: { text: '{{question}}' }, teacher: prompt } },
    { name: 'No Name', definition: { student: { text: '{{question}}' }, teacher: prompt } },
    { name: 'mute', definition: { student: { text: '{{question}}' } } },
  ];
  const { service } = await serviceOf(t, { domains });
  const problems = (await service.list()).map(({ problem }) => problem ?? '');
  const expected = [
    /^$/,
    /no definition/,
    /student.text: no {{question}}/,
    /"other", got "another"/,
    /name: .*pattern/,
    /teacher/,
  ];
  expected.forEach((pattern, i) => assert.match(problems[i]!, pattern));
  await rejects(service.find('towns'), 'NOT_FOUND', /"towns" is unknown; it has capitals, bare/);
});

test('a service that is away is named', async (t) => {
  const { service, stop } = await serviceOf(t);
  await stop();
  await rejects(
    service.verify('capitals', [item('a')], {}, false),
    'UNAVAILABLE',
    /domain service at .* does not answer|not reachable/,
  );
  await rejects(service.list(), 'UNAVAILABLE', /Is the service running there/);
});
