/**
 * A command that npm started ends with npm. `npm start` and `npx` run it below a shell, and npm passes a signal on
 * to the shell alone: the command would stay behind with its services. Without npm it stays: what a user leaves
 * running behind a shell that ends (`nohup`) is meant to.
 */
import { startedByNpm } from './config.js';

const LOOK_MS = 500;
/** The shell, or npm where the shell gave its place to the command. */
const parent = process.ppid;

/** Calls `end` once when the parent is gone. Returns the function that stops looking. */
export function onNpmEnd(end: () => void): () => void {
  if (!startedByNpm()) return () => undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
