/**
 * The rules of one field, from its options of buf.validate: limits of strings, numbers, enums, lists and maps, with the
 * texts of protovalidate. A kind of rule that is not covered throws; none is left out unseen.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  isFieldSet,
  type MessageShape,
} from '@bufbuild/protobuf';
import * as options from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { InvariantError } from '@soar/core';

/** What is wrong with a value; undefined if nothing is. */
export type Rule<T> = (value: T) => string | undefined;

/** Rules of a single value: a scalar or an enum, as a field or as an item of a list. */
export function scalarRules(
  field: { readonly enum?: DescEnum | undefined },
  rules: options.FieldRules,
  where: string,
): Rule<never>[] {
  const { case: kind, value } = rules.type;
  requireCovered(options.FieldRulesSchema, rules, ['string', 'uint32', 'double', 'enum'], where);
  switch (kind) {
    case 'string':
      return stringRules(value, where);
    case 'uint32':
      requireCovered(options.UInt32RulesSchema, value, RANGE, where);
      return [range(value, where)];
    case 'double':
      requireCovered(options.DoubleRulesSchema, value, RANGE, where);
      return [range(value, where)];
    case 'enum':
      return enumRules(field.enum!, value, where);
    default:
      return [];
  }
}

/** Rules of a list as a whole, and those of each item. */
export function listRules(
  field: DescField & { fieldKind: 'list' },
  rules: options.FieldRules,
  where: string,
): { list: Rule<readonly unknown[]>[]; items: Rule<never>[] } {
  requireCovered(options.FieldRulesSchema, rules, ['repeated'], where);
  if (rules.type.case !== 'repeated') return { list: [], items: [] };
  const { value } = rules.type;
  const has = requireCovered(
    options.RepeatedRulesSchema,
    value,
    ['min_items', 'max_items', 'unique', 'items'],
    where,
  );
  if (value.items && field.message) throw notCovered('items', where);
  const { minItems: min, maxItems: max } = value;
  const list: Rule<readonly unknown[]>[] = [];
  if (has('min_items'))
    list.push(({ length }) => (length < min ? `must contain at least ${min} item(s)` : undefined));
  if (has('max_items'))
    list.push(({ length }) => (length > max ? `must contain no more than ${max} item(s)` : undefined));
  if (value.unique)
    list.push((items) =>
      new Set(items).size < items.length ? 'repeated value must contain unique items' : undefined,
    );
  return { list, items: value.items ? scalarRules(field, value.items, where) : [] };
}

/** Rules of a map as a whole. */
export function mapRules(rules: options.FieldRules, where: string): Rule<object>[] {
  requireCovered(options.FieldRulesSchema, rules, ['map'], where);
  if (rules.type.case !== 'map') return [];
  const { value } = rules.type;
  requireCovered(options.MapRulesSchema, value, ['max_pairs'], where);
  const { maxPairs: max } = value;
  return [(map) => (Object.keys(map).length > max ? `map must be at most ${max} entries` : undefined)];
}

function stringRules(rules: options.StringRules, where: string): Rule<string>[] {
  const known = ['min_len', 'min_bytes', 'max_bytes', 'pattern', 'in'];
  const has = requireCovered(options.StringRulesSchema, rules, known, where);
  const { minLen, minBytes, maxBytes, pattern } = rules;
  const found: Rule<string>[] = [];
  if (has('min_len'))
    found.push((text) => ([...text].length < minLen ? `must be at least ${minLen} characters` : undefined));
  if (has('min_bytes'))
    found.push((text) =>
      Buffer.byteLength(text) < minBytes ? `must be at least ${minBytes} bytes` : undefined,
    );
  if (has('max_bytes'))
    found.push((text) =>
      Buffer.byteLength(text) > maxBytes ? `must be at most ${maxBytes} bytes` : undefined,
    );
  if (has('pattern')) {
    const expression = new RegExp(pattern, 'u');
    found.push((text) => (expression.test(text) ? undefined : `does not match regex pattern \`${pattern}\``));
  }
  if (has('in'))
    found.push((text) => (rules.in.includes(text) ? undefined : `must be in list [${rules.in.join(', ')}]`));
  return found;
}

const RANGE = ['gt', 'gte', 'lt', 'lte'];

/** Both ends are one rule. NaN is in no range. */
function range(rules: options.UInt32Rules | options.DoubleRules, where: string): Rule<number> {
  const { greaterThan: low, lessThan: high } = rules;
  const ends: string[] = [];
  if (low.case) ends.push(`greater than ${low.case === 'gte' ? 'or equal to ' : ''}${low.value}`);
  if (high.case) ends.push(`less than ${high.case === 'lte' ? 'or equal to ' : ''}${high.value}`);
  if (low.case && high.case && high.value < low.value) throw notCovered('a range that excludes', where);
  const above = (n: number): boolean => (low.case === 'gt' ? n > low.value : n >= (low.value ?? -Infinity));
  const below = (n: number): boolean => (high.case === 'lt' ? n < high.value : n <= (high.value ?? Infinity));
  return (n) => (above(n) && below(n) ? undefined : `must be ${ends.join(' and ')}`);
}

function enumRules({ values }: DescEnum, rules: options.EnumRules, where: string): Rule<number>[] {
  requireCovered(options.EnumRulesSchema, rules, ['defined_only', 'not_in'], where);
  const { definedOnly, notIn } = rules;
  const defined = new Set(values.map(({ number }) => number));
  const found: Rule<number>[] = [];
  if (definedOnly)
    found.push((value) => (defined.has(value) ? undefined : 'value must be one of the defined enum values'));
  if (notIn.length > 0)
    found.push((value) => (notIn.includes(value) ? `must not be in list [${notIn.join(', ')}]` : undefined));
  return found;
}

/** Which of the `covered` options are set. Throws when another one is. */
export function requireCovered<S extends DescMessage>(
  schema: S,
  rules: MessageShape<S>,
  covered: readonly string[],
  where: string,
): (name: string) => boolean {
  const set = new Set(schema.fields.filter((field) => isFieldSet(rules, field)).map(({ name }) => name));
  for (const name of set) if (!covered.includes(name)) throw notCovered(name, where);
  return (name) => set.has(name);
}

export function notCovered(rule: string, where: string): InvariantError {
  return new InvariantError(
    `${where}: the rule "${rule}" is not covered; add it to libs/contracts/src/field-rules.ts`,
  );
}
