/**
 * SOAR as processes that a test can kill, stop and restart one by one, each behind a link that the test can cut. Only
 * the test restarts them, in place of Kubernetes or systemd.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@soar/store/testing';
import { repositoryRoot } from '../repository-root.js';
import { ourEnvironment } from './config.js';
import { Link } from './link.js';

const READY_MS_MAX = 60_000;
const START_TRIES_MAX = 10;

export interface DeploymentOptions {
  /** Folder of artifacts and logs. */
  readonly folder: string;
  /** Location of runs and ledger. Default: the folder. */
  readonly store?: string;
  /** Trainer processes. */
  readonly trainers: number;
}

interface Member {
  readonly program: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly link: Link;
  child: ChildProcess | undefined;
}

export class Deployment {
  private readonly members = new Map<string, Member>();

  private constructor(readonly folder: string) {}

  /** Starts all services and waits until they are ready. */
  static async start({ folder, store = folder, trainers }: DeploymentOptions): Promise<Deployment> {
    const deployment = new Deployment(folder);
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const env = { SOAR_STORE: store };
    const trainerNames = Array.from({ length: trainers }, (_, i) => `trainer-${i + 1}`);
    const verifier = await deployment.add('verifier', 'verifier', []);
    const trainerFlags = ['--verifier', verifier, '--artifacts', folder, '--workers', '1'];
    const trainer: string[] = [];
    for (const name of trainerNames) trainer.push(await deployment.add(name, 'trainer', trainerFlags));
    const metareward = await deployment.add('metareward', 'metareward', [], env);
    const trainerAddresses = ['--trainer', trainer.join(',')];
    const teacher = await deployment.add('teacher', 'teacher', [...trainerAddresses, '--verifier', verifier]);
    const coordinatorFlags = [
      ...trainerAddresses,
      '--teacher',
      teacher,
      '--metareward',
      metareward,
      '--artifacts',
      folder,
    ];
    await deployment.add('coordinator', 'coordinator', coordinatorFlags, env);
    await Promise.all(deployment.names.map((name) => deployment.run(name)));
    return deployment;
  }

  get names(): string[] {
    return [...this.members.keys()];
  }

  /** Address of a service, through its link. */
  addressOf(name: string): string {
    return this.members.get(name)!.link.address;
  }

  linkTo(name: string): Link {
    return this.members.get(name)!.link;
  }

  /** Sends a signal to a running service. */
  signal(name: string, signal: NodeJS.Signals): void {
    this.members.get(name)!.child?.kill(signal);
  }

  isRunning(name: string): boolean {
    const { child } = this.members.get(name)!;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Kills a service and waits until it has exited. */
  async kill(name: string): Promise<void> {
    const isRunning = this.isRunning(name);
    const member = this.members.get(name)!;
    const { child } = member;
    member.child = undefined;
    if (!isRunning || child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /**
   * Starts a stopped service and waits until it is ready. Retries if one of its dependencies is unavailable, as
   * supervisors do.
   */
  async run(name: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.runOnce(name);
        return;
      } catch (error) {
        if (tries >= START_TRIES_MAX) throw error;
        await sleep(500);
      }
    }
  }

  private async runOnce(name: string): Promise<void> {
    const member = this.members.get(name)!;
    const main = join(repositoryRoot, 'services', member.program, 'dist/main.js');
    const log = openSync(join(this.folder, 'logs', `${name}.log`), 'a');
    const child = spawn(process.execPath, [main, ...member.flags, '--exit-with-parent'], {
      stdio: ['pipe', 'pipe', log],
      env: { ...ourEnvironment(), ...member.env },
    });
    closeSync(log);
    child.stdin!.on('error', () => undefined);
    member.child = child;
    const line = once(createInterface({ input: child.stdout! }), 'line', {
      signal: AbortSignal.timeout(READY_MS_MAX),
    });
    const exit = once(child, 'exit').then(([code]) => {
      throw new Error(
        `${name} exited with code ${String(code)} before it was ready; see its log in ${this.folder}/logs`,
      );
    });
    exit.catch(() => undefined);
    await Promise.race([line, exit]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.names.map((name) => this.kill(name)));
    for (const { link } of this.members.values()) link.close();
  }

  /** Adds a service on a free port. Resolves to the address of its link. */
  private async add(
    name: string,
    program: string,
    flags: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const port = await freePort();
    const link = await Link.to(port);
    const all = ['--listen', `127.0.0.1:${port}`, ...flags];
    this.members.set(name, { program, flags: all, env, link, child: undefined });
    return link.address;
  }
}
