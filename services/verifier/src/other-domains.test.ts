/** Domains that a request defines, and those of another service, over real gRPC. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Verdict, VerifierService } from '@soar/contracts';
import { UserError } from '@soar/core';
import { DomainService } from '@soar/domain-services';
import * as domains from '@soar/domains';
import { service, startServer } from '@soar/grpc-kit';
import { OtherDomains } from './other-domains.js';
import { startVerifier } from './testing/running-verifier.js';

const { CORRECT, INCORRECT, NO_ANSWER } = Verdict;
const definition = { student: { text: '{{question}}' }, teacher: { text: 'T' } };
const none = (): never => {
  throw new UserError('not called by the verifier', 'INTERNAL');
};
/** Somebody's service: an answer is right when it is the gold backwards. */
const backwards = service(VerifierService, {
  async verifyBatch({ items }) {
    return {
      verifications: items.map(({ gold, response }) => {
        const right = [...gold].reverse().join('') === response;
        return { verdict: right ? CORRECT : INCORRECT, extracted: response };
      }),
    };
  },
  async parseAnswer({ answers }) {
    return { answers: answers.map((canonical) => ({ parsed: canonical !== '', canonical })) };
  },
  async listDomains() {
    return {
      domains: [
        { name: 'backwards', description: 'Backwards.', definition },
        { name: 'math', description: 'Hidden.', definition },
        { name: 'bare', description: 'Without a definition.' },
      ],
    };
  },
  verify: none,
});
const other = await startServer({ listen: '127.0.0.1:0', services: [backwards] });
const domainService = new DomainService(other.address);
const log: string[] = [];
const verifier = await startVerifier(domains, {}, new OtherDomains(domainService, (line) => log.push(line)));
after(async () => {
  await verifier.stop();
  domainService.close();
  await other.stop();
});
const { client } = verifier;

test('a domain that a request defines is graded here, by its verifier, marks and options', async () => {
  const domainDefinition = {
    ...definition,
    name: 'prices',
    grading: { verifier: 'numeric', mark: { open: '####' }, options: { precisionAbs: 0.5 } },
  };
  const items = ['#### $10.50', '#### 11', '10'].map((response) => ({ gold: '10', response }));
  const { verifications } = await client.verifyBatch({ domain: 'prices', domainDefinition, items });
  assert.deepEqual(
    verifications.map(({ verdict, reward }) => [verdict, reward]),
    [
      [CORRECT, 120],
      [INCORRECT, 10],
      [NO_ANSWER, 0],
    ],
  );
  const { answers } = await client.parseAnswer({
    domain: 'prices',
    domainDefinition,
    answers: ['$1', 'one'],
  });
  assert.deepEqual(
    answers.map(({ parsed }) => parsed),
    [true, false],
  );
  await assert.rejects(
    client.verifyBatch({ domain: 'prices', domainDefinition: { ...domainDefinition, name: 'other' }, items }),
    /domain_definition\.name: expected the name of the domain, prices, got other/,
  );
});

test('domains of another service are listed too, unless one here hides them or no run can use them', async () => {
  const listed = (await client.listDomains({})).domains;
  assert.deepEqual(
    listed.map(({ name }) => name),
    [...domains.domainNames(), 'backwards'].sort(),
  );
  assert.ok(listed.every((each) => each.definition?.student !== undefined));
  assert.equal(
    listed.find(({ name }) => name === 'math')!.description,
    domains.domainNamed('math').definition.description,
  );
});

test('answers in a domain of this project are graded here, whatever the service lists', async () => {
  const { verification } = await client.verify({ domain: 'math', item: { gold: '12', response: '21' } });
  assert.equal(verification!.verdict, INCORRECT);
});

test('their answers are graded and read by the service, with the rewards of the paper', async () => {
  const items = [
    { gold: 'abc', response: 'cba' },
    { gold: 'abc', response: '<think>abc</think>cba' },
    { gold: 'abc', response: 'abc' },
  ];
  for (const more of [{}, { domainDefinition: { ...definition, name: 'backwards' } }]) {
    const { verifications } = await client.verifyBatch({ domain: 'backwards', items, ...more });
    assert.deepEqual(
      verifications.map(({ verdict, reward }) => [verdict, reward]),
      [
        [CORRECT, 120],
        [CORRECT, 120],
        [INCORRECT, 20],
      ],
    );
  }
  assert.equal(
    (await client.verify({ domain: 'backwards', item: items[0]! })).verification!.verdict,
    CORRECT,
  );
  const { answers } = await client.parseAnswer({ domain: 'backwards', answers: ['x', ''] });
  assert.deepEqual(
    answers.map(({ parsed }) => parsed),
    [true, false],
  );
  await assert.rejects(
    client.verifyBatch({ domain: 'forwards', items }),
    (error) =>
      error instanceof UserError && error.reason === 'NOT_FOUND' && /it has backwards/.test(error.message),
  );
});

test('without such a service, a domain that it would grade is refused with what to do', async () => {
  const alone = await startVerifier(domains, {});
  try {
    const call = alone.client.verifyBatch({
      domain: 'backwards',
      domainDefinition: { ...definition, name: 'backwards', service: '10.0.0.1:7200' },
      items: [{ gold: 'a', response: 'a' }],
    });
    await assert.rejects(
      call,
      /graded by another service \(10\.0\.0\.1:7200\); start the verifier with --domains-from/,
    );
  } finally {
    await alone.stop();
  }
});

test('while the service is away, its domains are not listed, and grading says that it is away', async () => {
  await other.stop();
  const listed = (await client.listDomains({})).domains.map(({ name }) => name);
  assert.deepEqual(listed, [...domains.domainNames()].sort());
  assert.match(log.join(), /not listed: .*not reachable/);
  await assert.rejects(
    client.verifyBatch({ domain: 'backwards', items: [{ gold: 'a', response: 'a' }] }),
    (error) => error instanceof UserError && error.reason === 'UNAVAILABLE',
  );
});
