/**
 * A subset of JSON Schema (draft 2020-12) that can be checked in bounded time.
 *
 * Keywords: type, enum, const, properties, required, additionalProperties, minProperties, maxProperties, items,
 * prefixItems, minItems, maxItems, uniqueItems, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf,
 * minLength, maxLength, anyOf, allOf, oneOf, not; annotations are ignored. Not supported, and refused: $ref and every
 * other keyword, `pattern` above all: schemas come from models, and a regular expression can take exponential time.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'format',
]);
const TYPES = new Set(['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']);
/** Limits on the nesting of a schema and on the steps of one check. */
const DEPTH_MAX = 32;
const STEPS_MAX = 20_000;

/** Why `schema` cannot be checked; undefined when it can. */
export function schemaProblem(schema: Json, depth = 0): string | undefined {
  if (typeof schema === 'boolean') return undefined;
  if (!isObject(schema)) return 'a schema is an object or a boolean';
  if (depth > DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
  for (const [keyword, value] of Object.entries(schema)) {
    if (ANNOTATIONS.has(keyword)) continue;
    const form = FORMS.get(keyword);
    if (form === undefined) return `the keyword ${JSON.stringify(keyword.slice(0, 40))} is not supported`;
    const problem = form(value, depth + 1);
    if (problem !== undefined) return `${keyword}: ${problem}`;
  }
  return undefined;
}

type Form = (value: Json, depth: number) => string | undefined;
const isNumber: Form = (value) => (typeof value === 'number' ? undefined : 'expected a number');
const isCount: Form = (value) =>
  Number.isInteger(value) && (value as number) >= 0 ? undefined : 'expected a whole number';
const isList: Form = (value) => (Array.isArray(value) ? undefined : 'expected a list');
const areNames: Form = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')
    ? undefined
    : 'expected a list of names';
const anything: Form = () => undefined;
const areSchemas: Form = (value, depth) =>
  Array.isArray(value)
    ? firstProblem(value.map((part) => schemaProblem(part, depth)))
    : 'expected a list of schemas';
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  [
    'type',
    (value) => ([value].flat().every((name) => TYPES.has(name as string)) ? undefined : 'unknown type'),
  ],
  ['enum', isList],
  ['const', anything],
  [
    'properties',
    (value, depth) =>
      isObject(value)
        ? firstProblem(Object.values(value).map((part) => schemaProblem(part, depth)))
        : 'expected an object of schemas',
  ],
  ['required', areNames],
  ...['additionalProperties', 'items', 'not'].map((name): [string, Form] => [name, schemaProblem]),
  ...['anyOf', 'allOf', 'oneOf', 'prefixItems'].map((name): [string, Form] => [name, areSchemas]),
  ...['minProperties', 'maxProperties', 'minItems', 'maxItems', 'minLength', 'maxLength'].map(
    (name): [string, Form] => [name, isCount],
  ),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'].map(
    (name): [string, Form] => [name, isNumber],
  ),
  ['uniqueItems', (value) => (typeof value === 'boolean' ? undefined : 'expected true or false')],
]);

function firstProblem(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

/** Whether `value` is valid; undefined when the check takes too many steps. */
export function isValid(value: Json, schema: Json): boolean | undefined {
  let steps = 0;
  try {
    return valid(value, schema);
  } catch (error) {
    if (error instanceof TooManySteps) return undefined;
    throw error;
  }

  function valid(instance: Json, rule: Json): boolean {
    if (++steps > STEPS_MAX) throw new TooManySteps();
    if (typeof rule === 'boolean') return rule;
    const s = rule as JsonObject;
    if (s['type'] !== undefined && ![s['type']].flat().some((name) => hasType(instance, name as string)))
      return false;
    if (s['const'] !== undefined && !same(instance, s['const'])) return false;
    if (s['enum'] !== undefined && !(s['enum'] as Json[]).some((choice) => same(instance, choice)))
      return false;
    const list = (name: string): readonly Json[] | undefined => s[name] as readonly Json[] | undefined;
    if (list('allOf')?.every((part) => valid(instance, part)) === false) return false;
    if (list('anyOf')?.some((part) => valid(instance, part)) === false) return false;
    const oneOf = list('oneOf');
    if (oneOf !== undefined && oneOf.filter((part) => valid(instance, part)).length !== 1) return false;
    if (s['not'] !== undefined && valid(instance, s['not'])) return false;
    if (typeof instance === 'number') return validNumber(instance, s);
    if (typeof instance === 'string') return within([...instance].length, s, 'Length');
    if (Array.isArray(instance)) return validArray(instance as readonly Json[], s);
    return isObject(instance) ? validObject(instance, s) : true;
  }

  function validArray(items: readonly Json[], s: JsonObject): boolean {
    if (!within(items.length, s, 'Items')) return false;
    const prefix = (s['prefixItems'] as readonly Json[] | undefined) ?? [];
    const fits = items.every((item, i) => {
      const rule = i < prefix.length ? prefix[i] : s['items'];
      return rule === undefined || valid(item, rule);
    });
    if (!fits || s['uniqueItems'] !== true) return fits;
    return items.every((item, i) => items.slice(0, i).every((other) => !same(item, other)));
  }

  function validObject(object: JsonObject, s: JsonObject): boolean {
    const names = Object.keys(object);
    if (!within(names.length, s, 'Properties')) return false;
    if ((s['required'] as string[] | undefined)?.every((name) => Object.hasOwn(object, name)) === false)
      return false;
    const properties = (s['properties'] as JsonObject | undefined) ?? {};
    return names.every((name) => {
      const rule = Object.hasOwn(properties, name) ? properties[name] : s['additionalProperties'];
      return rule === undefined || valid(object[name]!, rule);
    });
  }

  function same(a: Json, b: Json): boolean {
    if (++steps > STEPS_MAX) throw new TooManySteps();
    if (Array.isArray(a) && Array.isArray(b))
      return a.length === b.length && a.every((item, i) => same(item as Json, b[i] as Json));
    if (isObject(a) && isObject(b)) {
      const names = Object.keys(a);
      return (
        names.length === Object.keys(b).length &&
        names.every((name) => Object.hasOwn(b, name) && same(a[name]!, b[name]!))
      );
    }
    return a === b;
  }
}

class TooManySteps extends Error {}

function validNumber(x: number, s: JsonObject): boolean {
  const bound = (name: string): number | undefined => s[name] as number | undefined;
  if (x < (bound('minimum') ?? -Infinity) || x > (bound('maximum') ?? Infinity)) return false;
  if (x <= (bound('exclusiveMinimum') ?? -Infinity) || x >= (bound('exclusiveMaximum') ?? Infinity))
    return false;
  const step = bound('multipleOf');
  return step === undefined || step <= 0 || Number.isInteger(Number((x / step).toPrecision(12)));
}

function within(count: number, s: JsonObject, what: string): boolean {
  return (
    count >= ((s[`min${what}`] as number | undefined) ?? 0) &&
    count <= ((s[`max${what}`] as number | undefined) ?? Infinity)
  );
}

function hasType(value: Json, name: string): boolean {
  if (name === 'integer') return Number.isInteger(value);
  if (name === 'array') return Array.isArray(value);
  if (name === 'object') return isObject(value);
  if (name === 'null') return value === null;
  return typeof value === name;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
