/**
 * Progress of long work, three ways: one line rewritten in place on a terminal, plain lines elsewhere (at most one
 * every few seconds), JSON lines for machines. Rate and time left are by this process's clock; nothing depends on them.
 */
import { printable, printableLine } from '@soar/core';
import { wantsColour } from './config.js';
import { coloured, type Tone } from './terminal/colour.js';
import { wrapped } from './terminal/fit.js';
import { formatProgress, type ProgressState } from './terminal/progress-line.js';

export { formatSeconds } from './terminal/progress-line.js';

type ProgressStyle = 'terminal' | 'plain' | 'json';

/** Where lines are written; a terminal also has a width. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

const PLAIN_INTERVAL_MS = 10_000;
const TERMINAL_INTERVAL_MS = 100;
const COLUMNS_DEFAULT = 80;

export class Progress {
  /** State of each activity at its first update; several may run at the same time. */
  private readonly began = new Map<string, { readonly ms: number; readonly done: number }>();
  private shownMs = -Infinity;
  private lineShown = false;

  constructor(
    readonly style: ProgressStyle,
    private readonly out: ProgressOutput,
    private readonly nowMs: () => number = () => performance.now(),
    private readonly isColoured = false,
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
    // The last column stays free: some terminals go on to the next line when it is written.
    const width = this.style === 'terminal' ? (this.out.columns ?? COLUMNS_DEFAULT) - 1 : Infinity;
    const line = printableLine(formatProgress(state, (now - began.ms) / 1000, began.done, width));
    if (this.style === 'plain') this.out.write(`${line}\n`);
    else {
      this.out.write(`\r\x1b[2K${line}`);
      this.lineShown = true;
    }
  }

  /** Prints a line that stays, above the progress line. */
  line(text: string, tone: Tone | undefined = text.startsWith('warning:') ? 'warning' : undefined): void {
    if (this.style === 'json') return;
    this.clear();
    const fitted = wrapped(printable(text), this.style === 'terminal' ? this.out.columns : undefined);
    this.out.write(`${this.isColoured && tone !== undefined ? coloured(fitted, tone) : fitted}\n`);
  }

  /** One JSON line with the time, in the JSON style only. */
  event(value: object): void {
    if (this.style === 'json')
      this.out.write(`${JSON.stringify({ time: new Date().toISOString(), ...value })}\n`);
  }

  /** Removes the progress line. */
  clear(): void {
    if (this.lineShown) this.out.write('\r\x1b[2K');
    this.lineShown = false;
  }
}

/** Progress on a stream of this process: JSON if requested, else by what the stream is. */
export function progressOn(screen: NodeJS.WriteStream, json: boolean | undefined): Progress {
  const style = json === true ? 'json' : screen.isTTY ? 'terminal' : 'plain';
  return new Progress(style, screen, undefined, wantsColour(screen));
}

/** Text at the end of a command: within the width of a terminal, as it is elsewhere. */
export function printText(text: string, screen: NodeJS.WriteStream = process.stdout, tone?: Tone): void {
  const fitted = wrapped(text, screen.isTTY ? screen.columns : undefined);
  screen.write(`${tone !== undefined && wantsColour(screen) ? coloured(fitted, tone) : fitted}\n`);
}
