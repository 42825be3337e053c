/** Domains as users write them: files, folders, services, and the field of a run's configuration. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { create, DomainDefinitionSchema, VerifierService } from '@soar/contracts';
import { UserError } from '@soar/core';
import { service, startServer, type RunningServer } from '@soar/grpc-kit';
import { askingOf, loadRunConfig } from '../run-config.js';
import { chosenDomain, definitionSha256, domainFrom, domainGradedHere } from './chosen-domain.js';
import { readDomainFile } from './domain-file.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-domains-'));
let other: RunningServer;
const unused = (): never => {
  throw new UserError('not called', 'INTERNAL');
};
const listed = { student: { text: 'Q {{question}}' }, teacher: { text: 'T' }, version: '3' };
before(async () => {
  const handlers = service(VerifierService, {
    async listDomains() {
      return { domains: [{ name: 'remote', definition: listed }, { name: 'bare' }] };
    },
    async parseAnswer({ answers }) {
      return {
        answers: answers.map((canonical) => ({ parsed: canonical !== 'x', canonical, reason: 'an x' })),
      };
    },
    verify: unused,
    verifyBatch: unused,
  });
  other = await startServer({ listen: '127.0.0.1:0', services: [handlers] });
});
after(async () => {
  await other.stop();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const CAPITALS = `name: capitals
student:
  text: "Q: {{question}}\\nA:"
  textStop: ["\\nQ:"]
teacher: { text: Write a question. }
grading:
  verifier: exact
  options: { ignoreCase: true }
`;

test('a file is a domain, and so is a folder with domain.yaml', () => {
  const definition = readDomainFile(file('capitals.yaml', CAPITALS));
  assert.deepEqual([definition.name, definition.grading!.options], ['capitals', { ignoreCase: true }]);
  mkdirSync(join(folder, 'capitals'));
  file('capitals/domain.yaml', CAPITALS);
  assert.deepEqual(readDomainFile(join(folder, 'capitals')), definition);
});

test('what is wrong with a file is said with its line', () => {
  const wrong: [string, string, RegExp][] = [
    ['name: capitals', 'name: Capitals', /wrong\.yaml:1:\d+: name: .*pattern/],
    ['name: capitals', 'name: math', /wrong\.yaml:1:\d+: name: math is a domain of this project/],
    ['student:', 'studnet:', /wrong\.yaml:2:\d+: studnet: unknown field/],
    ['{{question}}', '{{q}}', /wrong\.yaml:3:\d+: student\.text: no \{\{question\}\} in it/],
    ['textStop: ["', 'textStop: ["", "', /wrong\.yaml:4:\d+: student\.textStop\[0\]: /],
    ['teacher: { text: Write a question. }\n', '', /wrong\.yaml: teacher: /],
    [
      'verifier: exact',
      'verifier: equal',
      /wrong\.yaml:7:\d+: grading\.verifier: "equal" is unknown; use one of/,
    ],
    ['ignoreCase', 'ignorecase', /wrong\.yaml:8:\d+: grading\.options\.ignorecase: unknown option/],
    ['verifier: exact', 'verifier:', /wrong\.yaml:7:\d+: grading\.verifier: has no value/],
    ['grading:', 'service: host:1\ngrading:', /wrong\.yaml:6:\d+: service: is set by the command line/],
    [CAPITALS.slice(CAPITALS.indexOf('grading:')), '', /wrong\.yaml: grading: missing: .* name a verifier/],
    ['teacher: {', 'teacher: {{', /wrong\.yaml:\d+:\d+: not valid YAML/],
  ];
  for (const [from, to, message] of wrong)
    assert.throws(() => readDomainFile(file('wrong.yaml', CAPITALS.replace(from, to))), message);
  assert.throws(() => readDomainFile(join(folder, 'none.yaml')), /none\.yaml: cannot be read/);
});

test('a run’s configuration takes a file beside it, and holds what it says', async () => {
  file('capitals.yaml', CAPITALS);
  const config = await loadRunConfig(file('run.yaml', 'domain: ./capitals.yaml\n'));
  assert.equal(config.domain, 'capitals');
  assert.deepEqual(config.domainDefinition!.student!.textStop, ['\nQ:']);
  assert.deepEqual(await loadRunConfig(join(folder, 'run.yaml')), config);
  file('broken.yaml', CAPITALS.replace('exact', 'equal'));
  await assert.rejects(
    loadRunConfig(file('run.yaml', 'domain: ./broken.yaml\n')),
    /broken\.yaml:7:\d+: grading\.verifier/,
  );
  assert.equal((await loadRunConfig(file('run.yaml', 'domain: choice\n'))).domainDefinition, undefined);
});

test('it takes a domain of another service, with the definition that the service lists', async () => {
  const { address } = other;
  for (const written of [`{ grpc: "${address}", name: remote }`, `grpc://${address}/remote`]) {
    const { domain, domainDefinition } = await loadRunConfig(file('run.yaml', `domain: ${written}\n`));
    assert.deepEqual(
      [domain, domainDefinition!.version, domainDefinition!.service],
      ['remote', '3', address],
    );
  }
  const refused: [string, RegExp][] = [
    [`{ grpc: "${address}", name: bare }`, /bare of the service .* no definition.*"soar domains check/],
    [`{ grpc: "${address}", name: near }`, /"near" is unknown; it has remote, bare/],
    [`{ grpc: "${address}", name: math }`, /run\.yaml:1:\d+: domain: math is a domain of this project/],
    [`{ grpc: "${address}" }`, /run\.yaml:1:\d+: domain: expected the name of a domain/],
    [
      '{ grpc: host, name: remote }',
      /run\.yaml:1:\d+: domain: expected the service's address as HOST:PORT, got "host"/,
    ],
    ['{ grcp: "host:1", name: remote }', /run\.yaml:1:\d+: domain\.grcp: unknown field/],
  ];
  for (const [written, message] of refused)
    await assert.rejects(loadRunConfig(file('run.yaml', `domain: ${written}\n`)), message);
});

test('answers are read where they are graded', async () => {
  const here = await domainFrom(file('capitals.yaml', CAPITALS));
  assert.deepEqual(await here.readAnswers([' Rome', '']), [
    { ok: true, canonical: 'rome' },
    { ok: false, reason: 'the answer is empty' },
  ]);
  const there = await domainFrom(`grpc://${other.address}/remote`);
  assert.deepEqual(await there.readAnswers(['Rome', 'x']), [
    { ok: true, canonical: 'Rome' },
    { ok: false, reason: 'an x' },
  ]);
  await assert.rejects(domainGradedHere(`grpc://${other.address}/remote`), /graded in this process/);
  await assert.rejects(domainFrom('capitals'), /"capitals" is unknown; use one of arithmetic/);
});

test('a screening is bound to how students are asked and graded, and to nothing else', () => {
  const definition = create(DomainDefinitionSchema, { name: 'remote', ...listed });
  const hash = definitionSha256(definition);
  const other = { ...definition.teacher!, text: 'Pose a harder one.' };
  const moved = { ...definition, service: 'host:1', description: 'x', teacher: other };
  assert.equal(definitionSha256(moved), hash);
  for (const more of [{ version: '4' }, { student: other }, { ownRewards: true }])
    assert.notEqual(definitionSha256({ ...definition, ...more }), hash);
  assert.deepEqual(askingOf('remote', undefined, definition), {
    domain: 'remote',
    domainSha256: hash,
    prompt: null,
  });
  assert.deepEqual(askingOf('math', undefined, chosenDomain('math', undefined).definition), {
    domain: 'math',
    prompt: null,
  });
});
