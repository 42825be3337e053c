/**
 * The rules that the .proto files state as options of buf.validate, compiled to functions when a message type is first
 * checked. They are those of protovalidate: rules.test.ts compares meaning, text and order. Its library is not used
 * here because it first parses the CEL form of every standard rule: a quarter of the processor time of a start.
 *
 * Only the kinds of rules that the contracts use are covered; any other throws when its message is first checked. Rules
 * over a whole message are in message-rules.ts. Source: proto/vendor/buf/validate/validate.proto.
 */
import type { DescField, DescMessage, DescOneof, Message } from '@bufbuild/protobuf';
import { getOption } from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import * as options from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { listRules, mapRules, notCovered, requireCovered, type Rule, scalarRules } from './field-rules.js';
import { messageRules } from './message-rules.js';

/** One broken rule: where, from the checked message down, and what is wrong. */
export interface BrokenRule {
  readonly path: Path;
  readonly message: string;
}

/** A check on its way through a message: where it is, and what it has found. */
interface Walk {
  readonly path: Path[number][];
  readonly broken: BrokenRule[];
}

type Check = (value: unknown, walk: Walk) => void;

const compiled = new Map<DescMessage, readonly Check[]>();

/** Every rule that `message` breaks, in order of its fields. */
export function brokenRules(schema: DescMessage, message: Message): readonly BrokenRule[] {
  const walk: Walk = { path: [], broken: [] };
  for (const check of checksOf(schema)) check(message, walk);
  return walk.broken;
}

function checksOf(schema: DescMessage): readonly Check[] {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const checks: Check[] = [];
  compiled.set(schema, checks); // before its fields: a message may hold one of its own type
  for (const field of schema.fields) checks.push(...fieldChecks(field));
  const rules = getOption(schema, options.message);
  requireCovered(options.MessageRulesSchema, rules, ['cel'], schema.typeName);
  for (const { id, message } of rules.cel) {
    const holds = messageRules.get(id);
    if (holds === undefined) throw notCovered(id, schema.typeName);
    checks.push(...checksBy([(value: never) => (holds(value) ? undefined : message)]));
  }
  for (const oneof of schema.oneofs) checks.push(...oneofChecks(oneof));
  return checks;
}

function fieldChecks(field: DescField): Check[] {
  const { required } = getOption(field, options.field);
  const checks = valueChecks(field);
  return [
    (message, walk) => {
      const value = valueOf(message as Fields, field);
      if (value !== undefined) under(field, checks, value, walk);
      else if (required) under(field, MISSING, value, walk);
    },
  ];
}

const MISSING = checksBy([() => 'value is required']);

function oneofChecks(oneof: DescOneof): Check[] {
  if (!getOption(oneof, options.oneof).required) return [];
  const missing = checksBy([() => 'exactly one field is required in oneof']);
  return [
    (message, walk) => {
      const { case: chosen } = (message as Fields)[oneof.localName] as Chosen;
      if (chosen === undefined) under(oneof, missing, undefined, walk);
    },
  ];
}

type Fields = Readonly<Record<string, unknown>>;
type Chosen = Readonly<{ case?: string; value?: unknown }>;

/** The value of a field; undefined where the field has presence and is not set. */
function valueOf(message: Fields, { localName, oneof }: DescField): unknown {
  if (oneof === undefined) return message[localName];
  const chosen = message[oneof.localName] as Chosen;
  return chosen.case === localName ? chosen.value : undefined;
}

function valueChecks(field: DescField): readonly Check[] {
  const rules = getOption(field, options.field);
  const where = `${field.parent.typeName}.${field.name}`;
  // On other fields `required` has another meaning: not empty, not zero.
  if (rules.required && field.fieldKind !== 'message') throw notCovered('required', where);
  switch (field.fieldKind) {
    case 'message':
      requireCovered(options.FieldRulesSchema, rules, ['required'], where);
      return checksOf(field.message);
    case 'list': {
      const { list, items } = listRules(field, rules, where);
      return [...checksBy(list), eachItem(field.message ? checksOf(field.message) : checksBy(items))];
    }
    case 'map':
      return [...checksBy(mapRules(rules, where)), eachValue(field.message ? checksOf(field.message) : [])];
    default:
      return checksBy(scalarRules(field, rules, where));
  }
}

function eachItem(checks: readonly Check[]): Check {
  return (list, walk) => {
    if (checks.length === 0) return;
    for (const [index, item] of (list as unknown[]).entries())
      under({ kind: 'list_sub', index }, checks, item, walk);
  };
}

function eachValue(checks: readonly Check[]): Check {
  return (map, walk) => {
    if (checks.length === 0) return;
    for (const [key, value] of Object.entries(map as Fields))
      under({ kind: 'map_sub', key }, checks, value, walk);
  };
}

/** Checks `value` one step further down. */
function under(step: Path[number], checks: readonly Check[], value: unknown, walk: Walk): void {
  walk.path.push(step);
  for (const check of checks) check(value, walk);
  walk.path.pop();
}

function checksBy<T>(rules: readonly Rule<T>[]): Check[] {
  return rules.map((rule) => (value, { path, broken }) => {
    const message = rule(value as T);
    if (message !== undefined) broken.push({ path: [...path], message });
  });
}
