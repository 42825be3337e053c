/**
 * Times of day: `3:15 p.m.`, `3 PM`, `15:15`. A time without a.m. or p.m. leaves it open, unless its hour decides it.
 */
import type { Expression } from '../expression.js';
import { different, equal, every, type Context, type Decision } from './decision.js';

/** `a.m.` and `p.m.` at the start of a unit. */
const HALF = /^([ap])\.?\s?m\b/i;

/** Whether the expression can only be a time: it is written as one, or has a.m. or p.m. */
export function isTimeOfDay(expression: Expression): boolean {
  return expression.kind === 'clock' || (expression.kind === 'quantity' && HALF.test(expression.unit));
}

interface TimeOfDay {
  /**
   * Hour, minute and second as far as they are written; the hour counts from midnight where `half` is known, else below
   * 12.
   */
  readonly parts: readonly bigint[];
  readonly half: 'a' | 'p' | undefined;
}

/**
 * Two times, at least one of which is written as one. Durations and positions (`1:15` of a film, `2:03:04`) have the
 * same form, so anything that is not a time of day is compared part by part.
 */
export function compareTimes(gold: Expression, answer: Expression, context: Context): Decision {
  // 6:00 is not 6.
  if (gold.kind === 'number' && answer.kind === 'clock') return different('time');
  const [g, a] = [timeOfDay(gold), timeOfDay(answer)];
  if (g !== undefined && a !== undefined) {
    const halves = g.half === undefined || a.half === undefined || g.half === a.half;
    const length = Math.max(g.parts.length, a.parts.length);
    const same = Array.from({ length }, (_, i) => (g.parts[i] ?? 0n) === (a.parts[i] ?? 0n)).every(Boolean);
    return halves && same ? equal('time') : different('time');
  }
  const [left, right] = [partsOf(gold), partsOf(answer)];
  if (left === undefined || right === undefined || left.length !== right.length) return different('time');
  return every(left.length, (i) => context.compareParts(left[i]!, right[i]!), 'time');
}

function partsOf(side: Expression): readonly Expression[] | undefined {
  return side.kind === 'clock' || side.kind === 'ratio' ? side.parts : undefined;
}

/** `3:15 p.m.` as 3, 15 and p; undefined for what cannot be a time of day. */
function timeOfDay(side: Expression): TimeOfDay | undefined {
  const written = partsOf(side) ?? [side];
  const last = written.at(-1);
  if (last === undefined || written.length > 3) return undefined;
  const half = last.kind === 'quantity' ? (HALF.exec(last.unit)?.[1]?.toLowerCase() as 'a' | 'p') : undefined;
  if (last.kind === 'quantity' && half === undefined) return undefined;
  const parts: bigint[] = [];
  for (const part of written) {
    const value = part.kind === 'quantity' ? part.of : part;
    if (value.kind !== 'number' || value.value.d !== 1n) return undefined;
    parts.push(value.value.n);
  }
  const [hour, ...rest] = parts as [bigint, ...bigint[]];
  if (hour < 0n || hour > (half === undefined ? 24n : 12n) || rest.some((part) => part < 0n || part > 59n))
    return undefined;
  const told = half ?? (hour > 12n && hour < 24n ? 'p' : hour % 24n === 0n ? 'a' : undefined);
  return { parts: [hour % 12n, ...rest], half: told };
}
