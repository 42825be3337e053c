/** How far work is, as one line: the whole, its current activity, its rate, the time left. */
import type { Whole } from '../course/run-course.js';
import { firstThatFits } from './fit.js';

/** How far an activity is. `unit` is plural: "training steps". */
export interface ProgressState {
  readonly activity: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** What else is to be shown, behind the rest. */
  readonly detail?: string;
  /** The whole that the activity is part of; the time left is then that of the whole. */
  readonly whole?: Whole | undefined;
}

/** A rate measured over less time is noise. */
const RATE_AFTER_MS = 1_500;

/**
 * "outer step 3: students  120/240 training steps  4.1/s  29 s left"; `seconds` since it was at `startedDone`. With a
 * whole: "3 of 20 outer steps  students 120/240 training steps  4.1/s  about 12 min left". Within `width`, the least
 * important parts are left out.
 */
export function formatProgress(
  state: ProgressState,
  seconds: number,
  startedDone: number,
  width = Infinity,
): string {
  const { activity, done, total, unit, detail, whole } = state;
  const count = total > 0 ? `${done}/${total}` : `${done}`;
  const perSecond = (done - startedDone) / seconds;
  const isMeasured = seconds * 1000 >= RATE_AFTER_MS && perSecond > 0;
  const rate = isMeasured
    ? perSecond >= 1
      ? `${perSecond.toFixed(1)}/s`
      : `${(60 * perSecond).toFixed(1)}/min`
    : undefined;
  if (whole === undefined) {
    const left = isMeasured && total > done ? `${formatSeconds((total - done) / perSecond)} left` : undefined;
    return firstThatFits(
      [
        joined(activity, `${count} ${unit}`, rate, left, detail),
        joined(activity, `${count} ${unit}`, rate, left),
        joined(activity, count, rate, left),
        joined(activity, count, left),
        joined(activity, count),
      ],
      width,
    );
  }
  const { secondsLeft } = whole;
  const left = secondsLeft === undefined ? undefined : `about ${formatSeconds(secondsLeft)} left`;
  const steps = `${whole.done}/${whole.total}`;
  // The whole says which step it is.
  const part = activity.replace(/^outer step \d+: /, '');
  const of = `${whole.done} of ${whole.total} ${whole.unit}`;
  return firstThatFits(
    [
      joined(of, `${part} ${count} ${unit}`, rate, left),
      joined(of, `${part} ${count}`, rate, left),
      joined(of, `${part} ${count}`, left),
      joined(steps, `${part} ${count}`, left),
      joined(steps, left ?? `${part} ${count}`),
    ],
    width,
  );
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('  ');
}

/** "45 s", "3 min 20 s", "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
