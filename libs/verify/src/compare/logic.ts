/**
 * Formulas of statements: `p \land q`, `\neg(p \lor q)`. Two are equal when they have the same truth table; words
 * between letters (`A and B`) are read as such formulas too.
 */
import type { Expression } from '../expression.js';
import { different, equal, isEqual, type Context, type Decision } from './decision.js';

/** Most statements in a formula; a truth table has 2^n rows. */
const STATEMENTS_MAX = 8;

const OPERATORS = new Set(['∧', '∨', '¬', '→', '↔']);

/** Whether signs or words of logic join the expression. */
export function isFormula(expression: Expression): boolean {
  if (expression.kind === 'apply') return OPERATORS.has(expression.name);
  return (
    expression.kind === 'list' &&
    expression.open === '' &&
    expression.joined !== undefined &&
    expression.items.every((item) => item.kind === 'symbol' || isFormula(item))
  );
}

export function compareFormulas(gold: Expression, answer: Expression, context: Context): Decision {
  const statements: Expression[] = [];
  const indices = new Map<Expression, number>();
  const collect = (expression: Expression): void => {
    if (isFormula(expression)) return operandsOf(expression).forEach(collect);
    const known = statements.findIndex((statement) => isEqual(context.compareParts(statement, expression)));
    indices.set(expression, known < 0 ? statements.push(expression) - 1 : known);
  };
  collect(gold);
  collect(answer);
  if (statements.length > STATEMENTS_MAX) return different('logic');
  context.budget.spend(10 * 2 ** statements.length);
  for (let row = 0; row < 2 ** statements.length; row++) {
    const holds = (statement: Expression): boolean => ((row >> indices.get(statement)!) & 1) === 1;
    if (truth(gold, holds) !== truth(answer, holds)) return different('logic');
  }
  return equal('logic');
}

function operandsOf(formula: Expression): readonly Expression[] {
  return formula.kind === 'apply' ? formula.args : formula.kind === 'list' ? formula.items : [];
}

function truth(formula: Expression, holds: (statement: Expression) => boolean): boolean {
  if (!isFormula(formula)) return holds(formula);
  const operands = operandsOf(formula);
  if (formula.kind === 'apply' && formula.name === '¬') return !truth(operands[0]!, holds);
  if (formula.kind === 'apply' && (formula.name === '→' || formula.name === '↔')) {
    const [left, right] = operands.map((operand) => truth(operand, holds)) as [boolean, boolean];
    return formula.name === '→' ? !left || right : left === right;
  }
  const isOr =
    (formula.kind === 'apply' && formula.name === '∨') ||
    (formula.kind === 'list' && formula.joined === 'or');
  return isOr
    ? operands.some((operand) => truth(operand, holds))
    : operands.every((operand) => truth(operand, holds));
}
