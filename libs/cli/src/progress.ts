/**
 * Progress of long work, three ways: one line rewritten in place on a terminal, plain lines elsewhere (at most one
 * every few seconds), JSON lines for machines. Rate and time left are those of the current activity by this process's
 * clock; nothing depends on them.
 */
import { printable, printableLine } from '@soar/core';

export type ProgressStyle = 'terminal' | 'plain' | 'json';

/** How far an activity is. `unit` is plural: "training steps". */
export interface ProgressState {
  readonly activity: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** What else is to be shown, behind the rest. */
  readonly detail?: string;
}

/** Where lines are written; a terminal also has a width. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

const PLAIN_INTERVAL_MS = 10_000;
const TERMINAL_INTERVAL_MS = 100;
/** A rate measured over less time is noise. */
const RATE_AFTER_MS = 1_500;

export class Progress {
  /** State of each activity at its first update; several may run at the same time. */
  private readonly began = new Map<string, { readonly ms: number; readonly done: number }>();
  private shownMs = -Infinity;
  private lineShown = false;

  constructor(
    readonly style: ProgressStyle,
    private readonly out: ProgressOutput,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Shows the current state. Output is rate-limited, so this may be called on every change. */
  update(state: ProgressState): void {
    if (this.style === 'json') return;
    const now = this.nowMs();
    const before = this.began.get(state.activity);
    const began = before ?? { ms: now, done: state.done };
    if (before === undefined) this.began.set(state.activity, began);
    const ended = state.total > 0 && state.done >= state.total;
    const interval = this.style === 'terminal' ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
    if (now - this.shownMs < interval && !(this.style === 'terminal' && (before === undefined || ended)))
      return;
    this.shownMs = now;
    const line = printableLine(formatProgress(state, (now - began.ms) / 1000, began.done));
    if (this.style === 'plain') this.out.write(`${line}\n`);
    else {
      this.out.write(`\r\x1b[2K${line.slice(0, Math.max(20, (this.out.columns ?? 80) - 1))}`);
      this.lineShown = true;
    }
  }

  /** Prints a line that stays, above the progress line. */
  line(text: string): void {
    if (this.style === 'json') return;
    this.clear();
    this.out.write(`${printable(text)}\n`);
  }

  /** One JSON line, in the JSON style only. */
  event(value: unknown): void {
    if (this.style === 'json') this.out.write(`${JSON.stringify(value)}\n`);
  }

  /** Removes the progress line. */
  clear(): void {
    if (this.lineShown) this.out.write('\r\x1b[2K');
    this.lineShown = false;
  }
}

/** "outer step 3: students  120/240 training steps  4.1/s  29 s left"; `seconds` since it was at `startedDone`. */
export function formatProgress(state: ProgressState, seconds: number, startedDone: number): string {
  const { activity, done, total, unit, detail } = state;
  const count = total > 0 ? `${done}/${total} ${unit}` : `${done} ${unit}`;
  const parts = [activity, count];
  const rate = (done - startedDone) / seconds;
  if (seconds * 1000 >= RATE_AFTER_MS && rate > 0) {
    parts.push(rate >= 1 ? `${rate.toFixed(1)}/s` : `${(60 * rate).toFixed(1)}/min`);
    if (total > done) parts.push(`${formatSeconds((total - done) / rate)} left`);
  }
  if (detail !== undefined) parts.push(detail);
  return parts.join('  ');
}

/** "45 s", "3 min 20 s", "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** JSON if requested, else by whether the output is a terminal. */
export function progressStyle(json: boolean | undefined, isTerminal: boolean | undefined): ProgressStyle {
  if (json === true) return 'json';
  return isTerminal === true ? 'terminal' : 'plain';
}
