/**
 * The five services as a cluster runs them: each its own process with mTLS, a token of its own, and a list of callers
 * and their roles, started after its dependencies. `soar up` uses plain text on loopback; this is the other way to run
 * them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CertificateAuthority } from '@soar/testkit';
import type { TemporaryFolder } from './temporary-folder.js';

/** Flags by which a command calls the services. */
export interface Caller {
  readonly ca: readonly string[];
  readonly certificate: readonly string[];
  readonly token: readonly string[];
}

export interface SecuredServices {
  /** Address of the coordinator, by the name that its certificate carries. */
  readonly coordinator: string;
  readonly caller: Caller;
  /** One that may only look. */
  readonly guest: Caller;
  /** Ends them; resolves with the exit codes. */
  stop(): Promise<(number | null)[]>;
}

/** The services that each one calls. */
const dependencies = {
  verifier: [],
  metareward: [],
  trainer: ['verifier'],
  teacher: ['trainer', 'verifier'],
  coordinator: ['teacher', 'trainer', 'metareward'],
} as const;

/** Starts them with all their state under `out`. Certificates and token go to `folder`. */
export async function startSecuredServices(folder: TemporaryFolder, out: string): Promise<SecuredServices> {
  const authority = new CertificateAuthority('SOAR');
  const ca = folder.write('ca.pem', authority.cert);
  const tokenOf = (name: string): string => `the-token-of-${name}`;
  const roles = {
    coordinator: 'coordinator',
    teacher: 'teacher',
    trainer: 'trainer',
    user: 'operator',
    guest: 'reader',
  };
  const lines = Object.entries(roles).map(([name, role]) => `${role} cert:${name} ${tokenOf(name)}`);
  const callers = folder.write('callers', `${lines.join('\n')}\n`);
  const pairOf = (name: string, hosts: readonly string[]): { cert: string; key: string } => {
    const { cert, key } = authority.issue(name, { hosts });
    return { cert: folder.write(`${name}.pem`, cert), key: folder.write(`${name}.key`, key) };
  };
  const asCaller = (name: string, { cert, key }: { cert: string; key: string }): Caller => ({
    ca: ['--tls-ca', ca],
    certificate: ['--tls-client-cert', cert, '--tls-client-key', key],
    token: ['--token-file', folder.write(`${name}.token`, tokenOf(name))],
  });
  const running: ChildProcess[] = [];
  const addresses = new Map<string, string>();
  try {
    for (const [name, needs] of Object.entries(dependencies)) {
      const own = pairOf(name, ['localhost', name]);
      const flags = ['--listen', '127.0.0.1:0', '--tls-cert', own.cert, '--tls-key', own.key];
      flags.push(
        '--tls-client-ca',
        ca,
        '--callers-file',
        callers,
        ...Object.values(asCaller(name, own)).flat(),
      );
      for (const need of needs) flags.push(`--${need}`, addresses.get(need)!);
      if (name === 'trainer') flags.push('--workers', '1');
      if (name === 'trainer' || name === 'coordinator') flags.push('--artifacts', out);
      if (name === 'metareward' || name === 'coordinator') flags.push('--store', out);
      const { child, port } = await start(name, flags);
      running.push(child);
      addresses.set(name, `localhost:${port}`);
    }
  } catch (error) {
    for (const child of running) child.kill('SIGKILL');
    throw error;
  }
  return {
    coordinator: addresses.get('coordinator')!,
    caller: asCaller('user', pairOf('user', [])),
    guest: asCaller('guest', pairOf('guest', [])),
    stop: () =>
      Promise.all(
        running.map(async (child) => {
          if (child.exitCode === null) {
            child.kill('SIGTERM');
            await once(child, 'exit');
          }
          return child.exitCode;
        }),
      ),
  };
}

/** Starts one service; resolves once it is ready. It ends with this process, however the tests end. */
async function start(name: string, flags: readonly string[]): Promise<{ child: ChildProcess; port: string }> {
  const main = fileURLToPath(import.meta.resolve(`@soar/${name}/dist/main.js`));
  const child = spawn(process.execPath, [main, ...flags, '--exit-with-parent'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) =>
      resolve((JSON.parse(line) as { address: string }).address.split(':').at(-1)!),
    );
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}:\n${log}`)));
  });
  return { child, port };
}
