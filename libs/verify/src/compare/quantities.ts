/**
 * Values with a percent sign, degrees, or a unit. What a missing or different unit means is a policy (`options.ts`).
 */
import { rational, type Rational } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { compareReadings } from './answers.js';
import { different, some, type Context, type Decision } from './decision.js';

export function isQuantity(expression: Expression): boolean {
  return expression.kind === 'quantity' || expression.kind === 'percent' || expression.kind === 'degrees';
}

/** At least one side is a quantity. */
export function compareQuantities(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind === 'quantity' || answer.kind === 'quantity') return compareUnits(gold, answer, context);
  if (gold.kind === answer.kind) return compareReadings(inner(gold), inner(answer), context);
  const asWritten = (): Decision => compareReadings(inner(gold), inner(answer), context);
  if (gold.kind === 'percent' || answer.kind === 'percent') {
    const asValue = (): Decision => compareReadings(percentValue(gold), percentValue(answer), context);
    return context.policies.percent === 'either' ? some([asValue, asWritten]) : asValue();
  }
  const asAngle = (): Decision => compareReadings(radians(gold), radians(answer), context);
  return context.policies.units === 'required' ? asAngle() : some([asAngle, asWritten]);
}

function inner(expression: Expression): Expression {
  return isQuantity(expression) ? (expression as { of: Expression }).of : expression;
}

/** x% as x/100. */
function percentValue(expression: Expression): Expression {
  if (expression.kind !== 'percent') return expression;
  return { kind: 'divide', over: expression.of, under: number(100n, 1n) };
}

function radians(expression: Expression): Expression {
  if (expression.kind !== 'degrees') return expression;
  const turn: Expression = { kind: 'multiply', factors: [expression.of, { kind: 'constant', name: 'pi' }] };
  return { kind: 'divide', over: turn, under: number(180n, 1n) };
}

function compareUnits(gold: Expression, answer: Expression, context: Context): Decision {
  const values = (): Decision => compareReadings(withoutUnit(gold), withoutUnit(answer), context);
  const { units } = context.policies;
  if (units === 'ignore') return values();
  const left = unitOf(gold);
  const right = unitOf(answer);
  if (left === undefined || right === undefined) {
    return units === 'required' ? different('unit') : values();
  }
  const [g, a] = [meaning(left), meaning(right)];
  if (g !== undefined && a !== undefined) {
    if (g.dimension !== a.dimension) return different('unit');
    return compareReadings(
      inScale(withoutUnit(gold), g.factor),
      inScale(withoutUnit(answer), a.factor),
      context,
    );
  }
  if (units === 'required' && normalUnit(left) !== normalUnit(right)) return different('unit');
  return values();
}

/** Without the unit; percent and degrees stay. */
export function withoutUnit(expression: Expression): Expression {
  return expression.kind === 'quantity' ? expression.of : expression;
}

function unitOf(expression: Expression): string | undefined {
  return expression.kind === 'quantity' ? expression.unit : undefined;
}

function inScale(value: Expression, factor: Rational): Expression {
  if (factor.n === factor.d) return value;
  return { kind: 'multiply', factors: [value, { kind: 'number', value: factor }] };
}

function number(n: bigint, d: bigint): Expression {
  return { kind: 'number', value: { n, d } };
}

function normalUnit(unit: string): string {
  return unit
    .toLowerCase()
    .replace(/[.\s]/g, '')
    .replace(/(?<=[a-z]{3})s$/, '');
}

interface Meaning {
  readonly dimension: string;
  readonly factor: Rational;
}

/** A known unit with a power: 'cm^2' is area, 1/10000 of a square metre. Undefined for words that are no unit. */
function meaning(unit: string): Meaning | undefined {
  const match = /^(square|cubic)?([a-z]+|\$)(?:\^(-?\d))?$/.exec(
    normalUnit(unit).replace(/^sq(?=[a-z])/, 'square'),
  );
  if (match === null) return undefined;
  const base = UNITS.get(match[2]!) ?? UNITS.get(match[2]!.replace(/s$/, ''));
  if (base === undefined) return undefined;
  const power = match[1] === 'square' ? 2 : match[1] === 'cubic' ? 3 : Number(match[3] ?? 1);
  if (power < 1) return undefined;
  const factor = rational(base.factor.n ** BigInt(power), base.factor.d ** BigInt(power));
  return factor && { dimension: `${base.dimension}^${power}`, factor };
}

const UNITS: ReadonlyMap<string, Meaning> = new Map(
  (
    'length: m 1 1, meter 1 1, metre 1 1, cm 1 100, centimeter 1 100, centimetre 1 100, mm 1 1000, millimeter 1 1000, ' +
    'km 1000 1, kilometer 1000 1, kilometre 1000 1, inch 127 5000, inche 127 5000, in 127 5000, ft 381 1250, ' +
    'foot 381 1250, feet 381 1250, yd 1143 1250, yard 1143 1250, mile 201168 125, mi 201168 125; ' +
    'mass: kg 1 1, kilogram 1 1, g 1 1000, gram 1 1000, mg 1 1000000; ' +
    'time: s 1 1, sec 1 1, second 1 1, min 60 1, minute 60 1, h 3600 1, hr 3600 1, hour 3600 1, day 86400 1, week 604800 1; ' +
    'volume: l 1 1, liter 1 1, litre 1 1, ml 1 1000, milliliter 1 1000; ' +
    'money: $ 1 1, dollar 1 1, cent 1 100'
  )
    .split('; ')
    .flatMap((group) => {
      const [dimension, units] = group.split(': ') as [string, string];
      return units.split(', ').map((entry): [string, Meaning] => {
        const [name, n, d] = entry.split(' ') as [string, string, string];
        return [name, { dimension, factor: { n: BigInt(n), d: BigInt(d) } }];
      });
    }),
);
