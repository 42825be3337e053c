/**
 * A JSON Schema (draft 2020-12) of a message's JSON form, for editors: made from the descriptor, the rules in the
 * .proto (buf.validate) and the comments there, so that nothing is written twice.
 *
 * It is narrower than the parser: fields under their JSON names alone, enums by name, numbers as numbers. And wider: no
 * field is required, since a file overlays a preset, and what stands between fields cannot be said in it. So a file may
 * pass here and be refused by the command line, with the reason. Messages stand inline, once for each place, because
 * defaults differ by place.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from '@bufbuild/protobuf';
import {
  field as fieldRules,
  type FieldRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { comments } from './gen/comments.js';

/** What is known of a field beside its descriptor, by path in JSON: "student.rl.groupSize". */
export interface Hints {
  /** The value of a file that does not set it. */
  readonly default?: JsonValue | undefined;
  /** A sentence behind its description. */
  readonly note?: string | undefined;
}

/** The schema of an object that holds fields of `message`, none of them required. Messages must not be recursive. */
export function messageJsonSchema(
  message: DescMessage,
  hints: (path: string) => Hints = () => ({}),
  path = '',
): JsonObject {
  // Its JSON form is any object, not its fields.
  if (message.typeName === 'google.protobuf.Struct') return { type: 'object' };
  const properties = message.fields.map((field): [string, JsonObject] => {
    const at = path === '' ? field.jsonName : `${path}.${field.jsonName}`;
    const { default: value, note } = hints(at);
    const description = [commentOf(field), note].filter(Boolean).join(' ');
    const withDefault = value === undefined ? {} : { default: value };
    return [field.jsonName, { description, ...schemaOf(field, hints, at), ...withDefault }];
  });
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}

function schemaOf(field: DescField, hints: (path: string) => Hints, at: string): JsonObject {
  const rules = getOption(field, fieldRules);
  if (field.fieldKind === 'message') return messageJsonSchema(field.message, hints, at);
  if (field.fieldKind !== 'list') {
    return field.fieldKind === 'map' ? { type: 'object' } : valueSchema(field, rules);
  }
  const repeated = rules.type.case === 'repeated' ? rules.type.value : undefined;
  const items =
    field.listKind === 'message'
      ? messageJsonSchema(field.message, hints, `${at}[]`)
      : valueSchema(field, repeated?.items);
  return {
    type: 'array',
    items,
    ...bound('minItems', repeated?.minItems),
    ...bound('maxItems', repeated?.maxItems),
    ...(repeated?.unique === true && { uniqueItems: true }),
  };
}

/** One value of a field, or of a list. */
function valueSchema(
  { scalar, enum: names }: Pick<DescField, 'scalar' | 'enum'>,
  rules: FieldRules | undefined,
): JsonObject {
  if (names !== undefined) return enumSchema(names);
  const { type } = rules ?? {};
  switch (scalar) {
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.STRING: {
      const { minLen, maxBytes, pattern, in: among } = type?.case === 'string' ? type.value : {};
      // A text of so many bytes has at most so many characters.
      const lengths = { ...bound('minLength', minLen), ...bound('maxLength', maxBytes) };
      return {
        type: 'string',
        ...lengths,
        ...(pattern && { pattern }),
        ...(among?.length && { enum: [...among] }),
      };
    }
    case ScalarType.UINT32:
      return {
        type: 'integer',
        minimum: 0,
        maximum: 0xffff_ffff,
        ...(type?.case === 'uint32' && range(type.value)),
      };
    case ScalarType.DOUBLE:
      return { type: 'number', ...(type?.case === 'double' && range(type.value)) };
    default:
      throw new TypeError(`json schema: fields of scalar type ${String(scalar)} are not written yet`);
  }
}

/** A value for each name, described; never the unspecified one, for which a file leaves the field out. */
function enumSchema({ values, typeName }: DescEnum): JsonObject {
  const named = values.filter(({ number }) => number !== 0);
  return {
    type: 'string',
    oneOf: named.map(({ name }) => ({ const: name, description: comments[`${typeName}.${name}`] ?? '' })),
  };
}

/** The limits of a number's rules. */
function range({
  lessThan: less,
  greaterThan: greater,
}: Pick<Extract<FieldRules['type'], { case: 'double' | 'uint32' }>['value'], 'lessThan' | 'greaterThan'>) {
  return {
    ...(less.case === 'lt' && { exclusiveMaximum: less.value }),
    ...(less.case === 'lte' && { maximum: less.value }),
    ...(greater.case === 'gt' && { exclusiveMinimum: greater.value }),
    ...(greater.case === 'gte' && { minimum: greater.value }),
  };
}

function bound(name: string, value: bigint | undefined): JsonObject {
  return value === undefined || value === 0n ? {} : { [name]: Number(value) };
}

/** The comment of a field; where it has a message, that of the message behind it. */
function commentOf(field: DescField): string {
  const own = comments[`${field.parent.typeName}.${field.name}`] ?? '';
  const message = field.message === undefined ? undefined : comments[field.message.typeName];
  return [own, message].filter(Boolean).join(' ');
}
