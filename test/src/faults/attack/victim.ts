/** Services of our own to attack: processes on loopback, each with the plain port for probes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Role, ROLES } from '@soar/grpc-kit/testing';
import { openArtifactStore } from '@soar/store';
import { freePort } from '@soar/store/testing';

export interface Victim {
  readonly service: string;
  readonly address: string;
  /** The port for probes. */
  readonly healthAddress: string;
  readonly pid: number;
}

export interface Victims {
  readonly services: readonly Victim[];
  /** What every caller shows, by role; empty without roles. */
  readonly roles: ReadonlyMap<Role, string>;
  stop(): Promise<void>;
}

const READY_MS_MAX = 60_000;

/** Starts the five services over a store that a coordinator uses. `secured`: each caller has a token and a role. */
export async function startVictims(folder: string, secured: boolean): Promise<Victims> {
  mkdirSync(folder);
  const artifacts = join(folder, 'artifacts');
  mkdirSync(artifacts);
  await (await openArtifactStore(artifacts)).issue(1);
  const roles = new Map(secured ? ROLES.map((role) => [role, `the-token-of-the-${role}-here`]) : []);
  const callers = join(folder, 'callers');
  writeFileSync(callers, [...roles].map(([role, token]) => `${role} ${token}\n`).join(''));
  const children: ChildProcess[] = [];
  const services: Victim[] = [];
  const start = async (service: string, flags: readonly string[] = []): Promise<string> => {
    const healthAddress = `127.0.0.1:${await freePort()}`;
    const main = fileURLToPath(import.meta.resolve(`@soar/${service}/dist/main.js`));
    const own = join(folder, `${service}.token`);
    writeFileSync(own, roles.get(service as Role) ?? 'a-token-that-is-never-shown');
    const security = secured ? ['--callers-file', callers, '--token-file', own] : [];
    const all = ['--listen', '127.0.0.1:0', '--health', healthAddress, ...security, ...flags];
    const child = spawn(process.execPath, [main, ...all, '--exit-with-parent'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.execPath, SOAR_STORE: folder },
    });
    children.push(child);
    const signal = AbortSignal.timeout(READY_MS_MAX);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    const { address } = JSON.parse(line) as { address: string };
    services.push({ service, address, healthAddress, pid: child.pid! });
    return address;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(end));
  };
  try {
    const verifier = await start('verifier');
    const trainer = await start('trainer', ['--verifier', verifier, '--artifacts', artifacts]);
    const metareward = await start('metareward');
    const teacher = await start('teacher', ['--trainer', trainer, '--verifier', verifier]);
    const called = ['--teacher', teacher, '--trainer', trainer, '--metareward', metareward];
    await start('coordinator', [...called, '--artifacts', artifacts]);
    return { services, roles, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
