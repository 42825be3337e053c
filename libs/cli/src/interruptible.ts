/** Work that Ctrl-C interrupts, with a message on what happened to it or how to follow it again. */
import { Interrupted } from './exit.js';
import { onNpmEnd } from './npm-parent.js';

/**
 * Runs `work`; Ctrl-C (or the end of npm, which started it) aborts its signal, and the promise rejects with
 * `Interrupted(message)`. A second Ctrl-C exits
 * at once.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  message: string,
): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  const stopLooking = onNpmEnd(() => interrupt.abort());
  try {
    return await work(interrupt.signal);
  } catch (error) {
    throw interrupt.signal.aborted ? new Interrupted(message) : error;
  } finally {
    stopLooking();
    for (const name of signals) process.off(name, onSignal);
  }
}
