/** Runs in a domain of the user's own: its definition goes with every call, into the report, and into forks. */
import { create, DomainDefinitionSchema, RunState } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoordinatorFixture, ended, request } from '../testing/coordinator.js';

const definition = (more: object = {}) =>
  create(DomainDefinitionSchema, {
    name: 'sums',
    version: '7',
    student: { text: '{{question}}=' },
    teacher: { text: 'T' },
    grading: { verifier: 'numeric' },
    ...more,
  });

function ownRequest(id: string, own = definition()) {
  return request(id, (config) => {
    config.domain = 'sums';
    config.domainDefinition = own;
  });
}

test('the definition goes to teacher and trainer, and into the report', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(ownRequest('run'));
  const { state, failure, report } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED, failure);
  assert.deepEqual(Object.fromEntries(fixture.services.domainVersions), {
    CreateTrainingRun: '7',
    Evaluate: '7',
    Propose: '7',
  });
  assert.deepEqual(report!.config!.domainDefinition, definition());
  assert.equal(report!.steps[0]!.correctAnswers, undefined, 'it has no oracle');
});

test('a run in a domain of this project carries no definition', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  await ended(client, 'run');
  assert.deepEqual([...new Set(fixture.services.domainVersions.values())], ['']);
});

test('the proposals of an outer step can be listed', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  await ended(client, 'run');
  const { questions, verdicts } = await client.listProposals({ id: 'run', outerStep: 1 });
  assert.deepEqual(
    questions.map(({ id, question, answer }) => [id, question, answer]),
    [
      ['step-1/0/0', '100+200', '000'],
      ['step-1/0/1', '100+201', '301'],
      ['step-1/1/0', '101+200', '000'],
      ['step-1/1/1', '101+201', '302'],
    ],
  );
  assert.deepEqual(
    verdicts.map(({ wellPosed, correct }) => [wellPosed, correct]),
    [
      [true, false],
      [true, true],
      [true, false],
      [true, true],
    ],
  );
  await assert.rejects(client.listProposals({ id: 'run', outerStep: 2 }), /no proposals of outer step 2/);
  await assert.rejects(client.listProposals({ id: 'other', outerStep: 0 }), /other/);
});

test('a definition that cannot work is refused by field, before any work', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  const refused: [ReturnType<typeof definition>, RegExp][] = [
    [definition({ name: 'sum' }), /domain_definition\.name: expected the name of the domain, sums, got sum/],
    [
      definition({ grading: { verifier: 'maths' } }),
      /domain_definition\.grading\.verifier: "maths" is unknown/,
    ],
    [
      definition({ student: { text: 'no question' } }),
      /domain_definition\.student\.text: no \{\{question\}\}/,
    ],
    [definition({ student: {} }), /give messages, text, or both/],
  ];
  for (const [own, message] of refused)
    await assert.rejects(client.createRun(ownRequest('run', own)), message);
  assert.deepEqual(fixture.services.calls, []);
});

test('a fork keeps the domain of its source, its grading included', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(ownRequest('source'));
  await ended(client, 'source');
  const fork = { runId: 'source', fromStep: 1 };
  const { config } = ownRequest('x', definition({ grading: { verifier: 'exact' } }));
  await assert.rejects(
    client.forkRun({ id: 'fork', fork, config: config! }),
    /config\.domain_definition: a fork has/,
  );
  await client.forkRun({ id: 'fork', fork });
  assert.equal((await ended(client, 'fork')).state, RunState.SUCCEEDED);
});
