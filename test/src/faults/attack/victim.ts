/** A verifier of our own to attack: a process on loopback, with the plain port for probes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '@soar/store/testing';

export interface Victim {
  readonly address: string;
  /** The port for probes. */
  readonly healthAddress: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const READY_MS_MAX = 30_000;

export async function startVictim(more: readonly string[]): Promise<Victim> {
  const healthAddress = `127.0.0.1:${await freePort()}`;
  const main = fileURLToPath(import.meta.resolve('@soar/verifier/dist/main.js'));
  const flags = ['--listen', '127.0.0.1:0', '--health', healthAddress, ...more];
  const child = spawn(process.execPath, [main, ...flags, '--exit-with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const signal = AbortSignal.timeout(READY_MS_MAX);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
  const { address } = JSON.parse(line) as { address: string };
  return { address, healthAddress, pid: child.pid!, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
