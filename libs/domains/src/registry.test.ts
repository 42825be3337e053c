/** The registry of domains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { domainNamed, domainNames, domains } from './registry.js';

test('domains are listed by name, in order, without duplicates', () => {
  const names = domainNames();
  assert.deepEqual(names, [...new Set(names)].sort());
  assert.deepEqual(names, ['arithmetic', 'choice', 'countdown', 'json-schema', 'math']);
});

test('a domain is found by its name, and the error for an unknown name lists the known ones', () => {
  assert.equal(domainNamed('math').name, 'math');
  assert.throws(
    () => domainNamed('maths'),
    (error) =>
      error instanceof UserError && error.reason === 'NOT_FOUND' && error.message.includes('countdown'),
  );
});

test('every domain refuses an empty proposal and judges an empty response as no answer', () => {
  for (const domain of domains) {
    const read = domain.parseProposal('');
    assert.ok(!read.ok && read.reason.length > 0, domain.name);
    assert.equal(domain.verify('1', '').verdict, 'NO_ANSWER', domain.name);
    assert.equal(domain.parseAnswer('').ok, false, domain.name);
    const { student } = domain.definition;
    for (const text of [student!.text, student!.messages[0]!.content])
      assert.ok(text.includes('{{question}}'));
  }
});
