/**
 * Derivatives and the variables of integrals. In `\frac{dy}{dx}` the letters do not cancel, and the t of
 * `\int_0^1 t\,dt` has no name outside. A differential (`dx`) is one symbol; a derivative is an unknown function of
 * what it is taken of, named by its variables.
 */
import type { Expression } from '../expression.js';
import { partsOf, renameSymbols } from '../walk.js';

/** Letters whose differential is one symbol wherever it stands: `dx`. Other letters only in a derivative: `da/db`. */
const VARIABLES = /^(?:[xyztuvwrs]|theta|phi)$/;
const D = new Set(['d', 'partial', 'delta']);

/** The name of the differential of `letter`; undefined where `d` is a factor. */
export function differentialName(letter: string): string | undefined {
  return VARIABLES.test(letter) ? `d${letter}` : undefined;
}

interface Differential {
  readonly d: string;
  readonly order: string;
  /** What is differentiated; undefined for `d` alone, which applies to what follows. */
  readonly of: Expression | undefined;
}

/** `\frac{over}{under}` as the derivative `name` of `of`; `of` is undefined if it applies to what follows. */
export function derivativeOf(
  over: Expression,
  under: Expression,
): { readonly name: string; readonly of: Expression | undefined } | undefined {
  const upper = differential(over);
  const lower = upper && variablesUnder(under, upper.d);
  if (upper === undefined || lower === undefined) return undefined;
  return { name: `derivative ${upper.d}${upper.order} by ${lower}`, of: upper.of };
}

/** `dy`, `d^2 y`, `d(xy)`, `d`. */
function differential(over: Expression): Differential | undefined {
  if (over.kind === 'symbol' && /^d./.test(over.name) && differentialName(over.name.slice(1)) === over.name)
    return { d: 'd', order: '', of: { kind: 'symbol', name: over.name.slice(1) } };
  const factors = over.kind === 'multiply' ? over.factors : [over];
  const [first, ...rest] = factors;
  const base = first?.kind === 'power' ? first.base : first;
  if (base?.kind !== 'symbol' || !D.has(base.name)) return undefined;
  const exponent = first?.kind === 'power' ? first.exponent : undefined;
  const order = exponent?.kind === 'number' ? String(exponent.value.n) : exponent === undefined ? '' : 'n';
  if (rest.length === 0) return { d: base.name, order, of: undefined };
  return { d: base.name, order, of: rest.length === 1 ? rest[0] : { kind: 'multiply', factors: rest } };
}

/** `dx`, `dx^2`, `\partial x\,\partial y` as text; undefined if it is no product of differentials. */
function variablesUnder(under: Expression, d: string): string | undefined {
  const factors = under.kind === 'multiply' ? under.factors : [under];
  const names: string[] = [];
  for (let i = 0; i < factors.length; i++) {
    const [name, power] = symbolAt(factors[i]!);
    if (name === undefined) return undefined;
    if (d === 'd' && /^d./.test(name) && power !== undefined) names.push(name.slice(1) + power);
    else {
      if (name !== d || power !== '') return undefined;
      const next = factors[++i];
      const [variable, times] = next === undefined ? [] : symbolAt(next);
      if (variable === undefined) return undefined;
      names.push(variable + times);
    }
  }
  return names.join(' ');
}

function symbolAt(factor: Expression): [name?: string, power?: string] {
  if (factor.kind === 'symbol') return [factor.name, ''];
  if (factor.kind !== 'power' || factor.base.kind !== 'symbol' || factor.exponent.kind !== 'number')
    return [];
  return [factor.base.name, String(factor.exponent.value.n)];
}

/** The body of an integral with its variable, the one whose differential it contains, under a name of its own. */
export function withoutVariable(body: Expression): Expression {
  const differentials = new Set<string>();
  collect(body, differentials);
  const [name] = differentials;
  if (name === undefined || differentials.size > 1) return body;
  const names = new Map([
    [name, 'differential'],
    [name.slice(1), 'bound variable'],
  ]);
  return renameSymbols(body, names);
}

function collect(expression: Expression, into: Set<string>): void {
  if (expression.kind === 'symbol' && expression.name.startsWith('d')) {
    if (differentialName(expression.name.slice(1)) === expression.name) into.add(expression.name);
  }
  for (const part of partsOf(expression)) collect(part, into);
}
