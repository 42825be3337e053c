/** JSON documents judged by a schema that a model may have written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from '../registry.js';

const jsonSchema = domainNamed('json-schema');

const schema = JSON.stringify({
  type: 'object',
  required: ['name', 'age'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', minimum: 0, exclusiveMaximum: 150 },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true, maxItems: 2 },
  },
});
const verdict = (document: string, gold = schema): string =>
  jsonSchema.verify(gold, `<answer>${document}</answer>`).verdict;

test('documents that satisfy the schema are right, in a code fence or not', () => {
  assert.equal(verdict('{"name":"Ada","age":36}'), 'CORRECT');
  assert.equal(verdict('```json\n{"name":"Ada","age":36,"tags":["b","a"]}\n```'), 'CORRECT');
});

test('documents that violate a keyword are wrong', () => {
  for (const wrong of [
    '{"name":"","age":36}',
    '{"name":"Ada","age":36.5}',
    '{"name":"Ada","age":150}',
    '{"name":"Ada"}',
    '{"name":"Ada","age":36,"x":1}',
    '{"name":"Ada","age":36,"tags":["a","a"]}',
    '{"name":"Ada","age":36,"tags":["c"]}',
    '["Ada",36]',
    'not json',
    '[[[['.repeat(4000),
  ]) {
    assert.equal(verdict(wrong), 'INCORRECT', wrong.slice(0, 40));
  }
});

test('combinations of schemas', () => {
  const oneOf = JSON.stringify({ oneOf: [{ type: 'integer' }, { multipleOf: 0.5 }] });
  assert.equal(verdict('0.5', oneOf), 'CORRECT');
  assert.equal(verdict('1', oneOf), 'INCORRECT');
  assert.equal(verdict('1', JSON.stringify({ not: { const: 1 } })), 'INCORRECT');
  assert.equal(
    verdict('["x", 1, 2]', JSON.stringify({ prefixItems: [{ const: 'x' }], items: { type: 'number' } })),
    'CORRECT',
  );
});

test('schemas that cannot be checked in bounded time are refused', () => {
  for (const bad of [
    '{}',
    'true',
    'nope',
    '{"pattern":"(a+)+$"}',
    '{"$ref":"#"}',
    '{"type":"thing"}',
    '{"items":3}',
    '{"required":[{}]}',
    '{"required":[7]}',
  ]) {
    assert.equal(jsonSchema.parseAnswer(bad).ok, false, bad);
    assert.equal(verdict('1', bad), 'GOLD_UNPARSEABLE', bad);
  }
});

test('an unclosed answer tag is no answer', () => {
  assert.equal(jsonSchema.verify(schema, '<answer>{"name":"Ada","age":36}').verdict, 'NO_ANSWER');
});
