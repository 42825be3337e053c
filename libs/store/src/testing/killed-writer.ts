/** Starts writer.fixture.ts, kills it with SIGKILL in the middle, and says what it had told to be durable. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const fixture = new URL('./writer.fixture.js', import.meta.url).pathname;

/**
 * Resolves to the number of writes that were told as durable, at least `writesMin`. Kills `delayMs` after that many.
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
  let told = 0;
  createInterface(child.stdout).on('line', () => {
    told++;
    if (told === writesMin) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  await once(child, 'close');
  return told;
}
