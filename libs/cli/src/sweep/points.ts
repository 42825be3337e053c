/**
 * The points of a sweep from the values of its fields. One at a time: the base, and every value with all other fields
 * as in the base. Grid: every combination of values. Pure.
 */
import { type JsonValue, jsonPath, type Setting, settingIn } from '@soar/contracts';
import { settingText, type SweptField, type SweptSetting } from '@soar/experiments';

export const DESIGNS = ['one-at-a-time', 'grid'] as const;
export type Design = (typeof DESIGNS)[number];

/** Most points of a sweep, as in the contract. */
export const POINTS_MAX = 256;

/** A field and the values that a file gives it. */
export interface Varied {
  readonly field: string;
  readonly values: readonly JsonValue[];
}

export interface PlannedPoint {
  /** "base", or what differs from it: "promotion.tau = 0.05". */
  readonly name: string;
  /** What differs from the base configuration. */
  readonly settings: readonly Setting[];
  /** The values of all varied fields. */
  readonly values: readonly SweptSetting[];
  readonly isBase: boolean;
}

/** Fields with the base's values among them, numbers in increasing order. `config`: the base, resolved, as JSON. */
export function sweptFields(varied: readonly Varied[], config: JsonValue): SweptField[] {
  return varied.map(({ field, values }) => {
    const base = baseOf(field, values, config);
    const all =
      base === undefined || values.some((value) => isEqual(value, base)) ? values : [base, ...values];
    const sorted = all.every((value) => typeof value === 'number')
      ? [...all].sort((a, b) => Number(a) - Number(b))
      : all;
    return { field: jsonPath(field), ...(base === undefined ? {} : { base }), values: sorted };
  });
}

/** The number of points, before any is made. */
export function pointCount(varied: readonly Varied[], design: Design): number {
  return design === 'grid'
    ? varied.reduce((product, { values }) => product * values.length, 1)
    : varied.reduce((sum, { values }) => sum + values.length, 1);
}

/** The points, the base first where it is one. At most POINTS_MAX of them are asked for. */
export function plannedPoints(
  varied: readonly Varied[],
  design: Design,
  fields: readonly SweptField[],
): PlannedPoint[] {
  const point = (settings: readonly Setting[]): PlannedPoint => {
    const differing = settings.filter(({ field, value }) => {
      const base = fields.find((swept) => swept.field === field)?.base;
      return base === undefined || !isEqual(value, base);
    });
    const values = fields.map(({ field, base }) => ({
      field,
      value: settings.find((setting) => setting.field === field)?.value ?? base,
    }));
    const isBase = differing.length === 0;
    const name = isBase
      ? 'base'
      : differing.map(({ field, value }) => `${field} = ${settingText(value)}`).join(', ');
    return { name, settings: differing, values, isBase };
  };
  const settings = varied.map(({ field, values }) =>
    values.map((value) => ({ field: jsonPath(field), value })),
  );
  const points =
    design === 'grid'
      ? settings
          .reduce<Setting[][]>(
            (all, own) => all.flatMap((before) => own.map((one) => [...before, one])),
            [[]],
          )
          .map(point)
      : [point([]), ...settings.flat().map((one) => point([one]))];
  const unlike = points.filter(({ name }, i) => points.findIndex((other) => other.name === name) === i);
  return [...unlike.filter(({ isBase }) => isBase), ...unlike.filter(({ isBase }) => !isBase)];
}

/** The base's value of a field; of an object, of the fields that the values name. */
function baseOf(field: string, values: readonly JsonValue[], config: JsonValue): JsonValue | undefined {
  const base = settingIn(config, field);
  const named = values.flatMap((value) => (isObject(value) ? Object.keys(value) : []));
  if (!isObject(base) || named.length === 0) return base;
  return Object.fromEntries(
    [...new Set(named)].flatMap((name) => (base[name] === undefined ? [] : [[name, base[name]]])),
  );
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
