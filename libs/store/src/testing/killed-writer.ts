/** Starts writer.fixture.ts and kills it with SIGKILL during its writes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const fixture = new URL('./writer.fixture.js', import.meta.url).pathname;

/**
 * Kills it `delayMs` after it reported `writesMin` writes as durable. Resolves to the number of reported writes.
 */
export async function killedWriter(
  what: 'artifacts' | 'journal',
  folder: string,
  writesMin: number,
  delayMs: number,
): Promise<number> {
  const child = spawn(process.execPath, [fixture, what, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 30_000,
  });
  let reported = 0;
  createInterface(child.stdout).on('line', () => {
    reported++;
    if (reported === writesMin) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  await once(child, 'close');
  return reported;
}
