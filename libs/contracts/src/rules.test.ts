/** The rules against protovalidate: every message of the contracts, with every field at and beside its limits. */
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import {
  FieldRulesSchema,
  field as fieldOption,
  StringRulesSchema,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scalarRules } from './field-rules.js';
import * as contracts from './index.js';
import { messageRules } from './message-rules.js';
import { brokenRules } from './rules.js';

const schemas = (Object.values(contracts) as { kind?: string }[]).filter(
  (it): it is DescMessage => it?.kind === 'message',
);
const oracle = createValidator();
/** Lists and strings are made up to this size. */
const SIZE_MAX = 3_000;

/** A message with something in every field, to a depth; below it, empty messages. */
function filled(schema: DescMessage, depth = 3): Message {
  const message = create(schema) as Message & Record<string, unknown>;
  if (depth === 0) return message;
  for (const field of schema.fields) set(message, field, ordinary(field, depth));
  return message;
}

function ordinary(field: DescField, depth: number): unknown {
  const one = field.message ? filled(field.message, depth - 1) : scalarsOf(field)[1];
  if (field.fieldKind === 'list') return [one];
  return field.fieldKind === 'map' ? { a: one } : one;
}

function set(message: Record<string, unknown>, field: DescField, value: unknown): void {
  const { localName, oneof } = field;
  if (oneof === undefined) message[localName] = value;
  else if (value !== undefined) message[oneof.localName] = { case: localName, value };
  else message[oneof.localName] = { case: undefined };
}

/** Values of a field: those that could break a rule of its kind, at its limits and beside them. */
function valuesOf(field: DescField): unknown[] {
  const { type } = getOption(field, fieldOption);
  if (field.fieldKind === 'list') {
    const items = field.message ? [filled(field.message, 1), create(field.message)] : scalarsOf(field);
    const sizes = type.case === 'repeated' ? [type.value.minItems, type.value.maxItems] : [];
    const lengths = new Set([0, 1, 2, ...sizes.map(Number).flatMap((n) => [n - 1, n, n + 1])]);
    const distinct = (i: number): unknown => (typeof items[0] === 'string' ? `x${i}` : i + 1);
    return [
      ...items.map((item) => [item]),
      ...[...lengths]
        .filter((length) => length >= 0 && length <= SIZE_MAX)
        .flatMap((length) => [
          Array.from({ length }, () => items[1]),
          ...(field.message ? [] : [Array.from({ length }, (_, i) => distinct(i))]),
        ]),
    ];
  }
  if (field.fieldKind === 'map') {
    const max = type.case === 'map' ? Number(type.value.maxPairs) : 1;
    const value = field.message ? create(field.message) : scalarsOf(field)[1];
    return [0, 1, max, max + 1].map((n) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, value])),
    );
  }
  return field.message ? [undefined, create(field.message), filled(field.message, 1)] : scalarsOf(field);
}

/** Scalars and enums; the second one is ordinary. Without presence a field cannot be unset. */
function scalarsOf(field: DescField): unknown[] {
  const { type } = getOption(field, fieldOption);
  const rules = type.case === 'repeated' ? (type.value.items?.type ?? type) : type;
  const optional = field.fieldKind !== 'list' && field.fieldKind !== 'map' && field.presence === 1;
  return [...(optional ? [undefined] : [zero(field)]), ...limits(field, rules)];
}

function zero({ enum: values, scalar }: DescField): unknown {
  if (values !== undefined) return 0;
  if (scalar === ScalarType.STRING) return '';
  if (scalar === ScalarType.BOOL) return false;
  if (scalar === ScalarType.BYTES) return new Uint8Array();
  return scalar === ScalarType.UINT64 || scalar === ScalarType.INT64 ? 0n : 0;
}

type Limits = contracts.MessageShape<typeof FieldRulesSchema>['type'];

function limits({ enum: values, scalar }: DescField, rules: Limits): unknown[] {
  if (values !== undefined) return [...numbersOf(values), 99, -1];
  if (scalar === ScalarType.STRING) {
    const texts = [
      'a',
      'a/b',
      '../a',
      '/a',
      'a b',
      '.a',
      'a.',
      'compare-x',
      '0'.repeat(64),
      '\u{1F600}',
      'a\n',
    ];
    const max = rules.case === 'string' ? Number(rules.value.maxBytes) : 0;
    if (max === 0 || max > SIZE_MAX) return texts;
    return [
      ...texts,
      ...[max, max + 1].map((n) => 'a'.repeat(n)),
      'ä'.repeat(max / 2),
      'ä'.repeat(max / 2 + 1),
    ];
  }
  if (scalar === ScalarType.BOOL) return [true];
  if (scalar === ScalarType.BYTES) return [new Uint8Array(1)];
  if (scalar === ScalarType.UINT64 || scalar === ScalarType.INT64) return [1n];
  const ends =
    rules.case === 'uint32' || rules.case === 'double'
      ? [rules.value.greaterThan.value, rules.value.lessThan.value].filter((end) => end !== undefined)
      : [];
  if (scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT)
    return [0.5, 0, -1, NaN, Infinity, -Infinity, ...ends.flatMap((end) => [end - 1e-9, end, end + 1e-9])];
  return [1, 0, 2, 2 ** 32 - 1, ...ends.flatMap((end) => [Math.max(0, end - 1), end, end + 1])];
}

const numbersOf = ({ values }: DescEnum): number[] => values.map(({ number }) => number).reverse();

test('what is broken is what protovalidate finds, in the same words and order', () => {
  assert.ok(schemas.length > 60, `${schemas.length} messages`);
  let compared = 0;
  const broken = new Set<string>();
  const compare = (schema: DescMessage, message: Message): void => {
    const { kind, error, violations } = oracle.validate(schema, message);
    assert.notEqual(kind, 'error', `${schema.typeName}: ${error?.message}`);
    const found = brokenRules(schema, message).map((it) => [pathToString(it.path), it.message]);
    const expected = (violations ?? []).map((it) => [pathToString(it.field), it.message]);
    if (JSON.stringify(found) !== JSON.stringify(expected))
      assert.deepEqual(found, expected, schema.typeName);
    for (const { ruleId } of violations ?? []) broken.add(ruleId);
    compared++;
  };
  for (const schema of schemas) {
    for (const start of [create(schema), filled(schema)]) {
      compare(schema, start);
      for (const field of schema.fields) {
        for (const value of valuesOf(field)) {
          const message = { ...start };
          set(message, field, value);
          compare(schema, message);
        }
      }
    }
  }
  assert.ok(compared > 5_000, `${compared} messages were compared`);
  assert.ok(broken.size > 20, [...broken].sort().join(' '));
  for (const id of messageRules.keys()) assert.ok(broken.has(id), id);
});

test('a kind of rule that is not covered throws', () => {
  const email = create(StringRulesSchema, { wellKnown: { case: 'email', value: true } });
  const rules = create(FieldRulesSchema, { type: { case: 'string', value: email } });
  assert.throws(() => scalarRules({}, rules, 'a.B.c'), /a\.B\.c: the rule "email" is not covered/);
});
