/** The service over real gRPC with the real domains. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Verdict } from '@soar/contracts';
import { UserError, type Reason } from '@soar/core';
import * as domains from '@soar/domains';
import { startVerifier } from './testing/running-verifier.js';

const verifier = await startVerifier(domains, {});
after(() => verifier.stop());
const { client } = verifier;

const rejects = (call: Promise<unknown>, reason: Reason, message: RegExp) =>
  assert.rejects(
    call,
    (error) => error instanceof UserError && error.reason === reason && message.test(error.message),
  );

test('one response is graded, with the reward of the paper', async () => {
  const rewards = [];
  for (const response of ['#579', '#1579', '#578', '579']) {
    const { verification } = await client.verify({ domain: 'arithmetic', item: { gold: '579', response } });
    rewards.push([verification?.verdict, verification?.boxed, verification?.reward]);
  }
  assert.deepEqual(rewards, [
    [Verdict.CORRECT, true, 120],
    [Verdict.INCORRECT, true, 20],
    [Verdict.INCORRECT, true, 10],
    [Verdict.NO_ANSWER, false, 0],
  ]);
});

test('a batch of 10,000 comes back in order', async () => {
  const number = (i: number) => String(i % 1000).padStart(3, '0');
  const items = Array.from({ length: 10_000 }, (_, i) => ({
    gold: number(i),
    response: `#${number(i % 3 ? i : i + 1)}`,
  }));
  const { verifications } = await client.verifyBatch({ domain: 'arithmetic', items });
  assert.equal(verifications.length, 10_000);
  verifications.forEach(({ verdict, extracted }, i) => {
    assert.equal(`#${extracted}`, items[i]!.response);
    assert.equal(verdict, i % 3 ? Verdict.CORRECT : Verdict.INCORRECT);
  });
});

test('a bad item spoils no other', async () => {
  const items = [
    { gold: '123', response: '#123' },
    { gold: 'x', response: '#123' },
    { gold: '', response: '' },
    { gold: '123', response: '\u0000\ufffd\u{1f600}'.repeat(1000) },
    { gold: '123', response: '#123' },
  ];
  const { verifications } = await client.verifyBatch({ domain: 'arithmetic', items });
  assert.deepEqual(
    verifications.map((v) => v.verdict),
    [Verdict.CORRECT, Verdict.GOLD_UNPARSEABLE, Verdict.NO_ANSWER, Verdict.NO_ANSWER, Verdict.CORRECT],
  );
});

test('an item may have options of its own, over those of the request', async () => {
  const item = { gold: '2.5', response: '\\boxed{2.52}' };
  const items = [
    item,
    { ...item, options: { precisionAbs: '0.1' } },
    { ...item, options: { precisionAbs: '0.001' } },
  ];
  const verdictsWith = async (options: Record<string, string>) =>
    (await client.verifyBatch({ domain: 'math', items, options })).verifications.map(
      ({ verdict }) => verdict,
    );
  const { CORRECT, INCORRECT } = Verdict;
  assert.deepEqual(await verdictsWith({}), [INCORRECT, CORRECT, INCORRECT]);
  assert.deepEqual(await verdictsWith({ precisionAbs: '0.1' }), [CORRECT, CORRECT, INCORRECT]);
});

test('stated answers are read in order', async () => {
  const { answers } = await client.parseAnswer({ domain: 'arithmetic', answers: ['007', '7', '123'] });
  assert.deepEqual(
    answers.map((a) => [a.parsed, a.canonical]),
    [
      [true, '007'],
      [false, ''],
      [true, '123'],
    ],
  );
  assert.match(answers[1]!.reason, /expected 3 digits/);
});

test('domains are listed by name', async () => {
  const listed = (await client.listDomains({})).domains.map((domain) => domain.name);
  assert.deepEqual(listed, [...domains.domainNames()].sort());
});

test('an unknown domain, a malformed option and an empty batch are refused before any work', async () => {
  const item = { gold: '1', response: '1' };
  await rejects(
    client.verify({ domain: 'alchemy', item }),
    'NOT_FOUND',
    /"alchemy" is unknown; use one of arithmetic/,
  );
  await rejects(client.parseAnswer({ domain: 'alchemy', answers: ['1'] }), 'NOT_FOUND', /alchemy/);
  await rejects(
    client.verify({ domain: 'math', item, options: { language: 'de' } }),
    'INVALID_ARGUMENT',
    /options.language: expected a value in JSON .text in quotes., got de/,
  );
  await assert.rejects(
    client.verify({ domain: 'math', item, options: { precison: '0.1' } }),
    /options.precison: unknown option; use one of .*precision/,
  );
  await rejects(client.verifyBatch({ domain: 'math', items: [] }), 'INVALID_ARGUMENT', /items/);
});
