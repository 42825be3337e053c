/** Domains with nothing wrong pass; each way to be wrong fails its check, with what was sent and what came back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, DomainDefinitionSchema, type DomainDefinition, Verdict } from '@soar/contracts';
import { domains } from '@soar/domains';
import { DomainService } from '../domain-service.js';
import { type Behaviour, CAPITALS, startService } from '../testing/running-service.js';
import { checkDomain, type CheckResult } from './conformance.js';
import { subjectAt, subjectHere } from './subject.js';

const examples = [
  { question: 'Italy?', answer: 'Rome', right: 'answer: Rome', wrong: 'answer: Milan' },
  { question: 'Norway?', answer: 'Oslo', right: 'answer: Oslo', wrong: 'no idea' },
];
const capitals = { ...CAPITALS, definition: { ...CAPITALS.definition, examples } };

async function resultsOf(behaviour: Behaviour): Promise<CheckResult[]> {
  const running = await startService({ domains: [capitals], ...behaviour });
  const service = new DomainService(running.address);
  const { definition } = await service.find('capitals');
  const subject = subjectAt(running.address, definition!);
  try {
    const results: CheckResult[] = [];
    for await (const result of checkDomain(subject)) results.push(result);
    return results;
  } finally {
    subject.close();
    service.close();
    await running.stop();
  }
}

const failures = (results: readonly CheckResult[]) => results.filter(({ outcome }) => outcome === 'failed');

test('the domains of this project pass every check that is made in one process', async () => {
  for (const domain of domains) {
    const plain = create(
      DomainDefinitionSchema,
      JSON.parse(JSON.stringify(domain.definition)) as DomainDefinition,
    );
    const results: CheckResult[] = [];
    for await (const result of checkDomain(subjectHere(domain, plain))) results.push(result);
    assert.deepEqual(failures(results), [], domain.name);
    assert.equal(results.filter(({ outcome }) => outcome === 'ok').length, results.length - 1, domain.name);
  }
});

test('a service that does everything right passes every check', async () => {
  const results = await resultsOf({});
  assert.deepEqual(failures(results), []);
  assert.ok(results.every(({ outcome }) => outcome === 'ok'));
});

test('without examples, what needs them is skipped and said to be', async () => {
  const skipped = (await resultsOf({ domains: [CAPITALS] })).filter(({ outcome }) => outcome === 'skipped');
  assert.equal(skipped.length, 5);
  assert.ok(skipped.every(({ detail }) => detail === 'the definition has no examples'));
});

const { CORRECT, INCORRECT } = Verdict;
let calls = 0;
const wrong: [string, Behaviour, RegExp, RegExp][] = [
  [
    'says CORRECT to everything',
    { graded: (responses) => responses.map(() => ({ verdict: CORRECT, extracted: 'x' })) },
    /wrong ones are not/,
    /gold "Rome", response "answer: Milan": expected anything but CORRECT, got CORRECT \(extracted "x"\)/,
  ],
  [
    'says INCORRECT to everything',
    { graded: (responses) => responses.map(() => ({ verdict: INCORRECT, extracted: 'x' })) },
    /right responses are correct/,
    /response "answer: Rome": expected CORRECT, got INCORRECT/,
  ],
  [
    'reverses a batch',
    { graded: (_, right) => right.reverse() },
    /order of the items/,
    /CORRECT .*alone; .* in a batch/,
  ],
  [
    'is not deterministic',
    { graded: (_, right) => right.map((each) => ({ ...each, extracted: String(calls++) })) },
    /equal requests/,
    /the second time/,
  ],
  [
    'leaves one out',
    { graded: (_, right) => right.slice(1) },
    /right responses/,
    /VerifyBatch: 4 items, 3 results/,
  ],
  [
    'fails on hostile text',
    {
      graded: (responses, right) => {
        if (responses.includes('NaN')) throw new Error('as ordered');
        return right;
      },
    },
    /hostile responses/,
    /"NaN" \(3 characters\): internal error/,
  ],
  [
    'reads an empty answer',
    { parsed: (answers) => answers.map((canonical) => ({ parsed: true, canonical })) },
    /empty answer/,
    /ParseAnswer reads "" as ""/,
  ],
  [
    'rewards what is wrong',
    {
      domains: [{ ...capitals, definition: { ...capitals.definition, ownRewards: true } }],
      graded: (_, right) => right.map((each) => ({ ...each, reward: 1 })),
    },
    /earns more/,
    /a correct response earns 1, a wrong or empty one 1/,
  ],
];
for (const [name, behaviour, fact, detail] of wrong) {
  test(`a service that ${name} fails the check of it`, async () => {
    const failed = failures(await resultsOf(behaviour)).find((result) => fact.test(result.fact));
    assert.ok(failed, name);
    assert.match(failed.detail!, detail);
  });
}

test('a definition that cannot be used is the only result', async () => {
  const definition = create(DomainDefinitionSchema, {
    name: 'x',
    student: { text: 'no question' },
    teacher: { text: 'T' },
  });
  const results: CheckResult[] = [];
  for await (const result of checkDomain(subjectAt('127.0.0.1:1', definition))) results.push(result);
  assert.deepEqual(
    results.map(({ outcome, detail }) => [outcome, detail]),
    [['failed', 'definition.student.text: no {{question}} in it: the model would not see the question']],
  );
});
