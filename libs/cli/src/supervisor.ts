/**
 * Starts the services that a command needs, each after its dependencies, passes their addresses on, and stops them
 * all when the command ends: done, failed, interrupted or killed.
 *
 * If a service dies, the command ends with a message that names it and shows the end of its log. When one of several
 * trainers dies, the others take over its work. For one command on one machine; a cluster has its own supervisors
 * (deploy/).
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { invariant, messageOf, UserError } from '@soar/core';
import type { NamedDevice } from '@soar/runtime';
import { makeFolders } from '@soar/files';
import { Interrupted } from './exit.js';
import { onNpmEnd } from './npm-parent.js';
import { ServiceProcess } from './service-process.js';
import { trainerFlags, type TrainerOptions } from './trainer-share.js';

/** The dependencies of each service, whose addresses it takes, and its stores. */
const services = {
  verifier: { needs: [], stores: [] },
  metareward: { needs: [], stores: ['store'] },
  trainer: { needs: ['verifier'], stores: ['artifacts'] },
  teacher: { needs: ['trainer', 'verifier'], stores: [] },
  coordinator: { needs: ['teacher', 'trainer', 'metareward'], stores: ['store', 'artifacts'] },
} as const satisfies Record<string, { needs: readonly string[]; stores: readonly ('store' | 'artifacts')[] }>;

export type ServiceName = keyof typeof services;
export const allServices = Object.keys(services) as ServiceName[];
/** Path of a service's program. */
export function mainOf(name: ServiceName): string {
  return fileURLToPath(import.meta.resolve(`@soar/${name}/dist/main.js`));
}

export type Addresses = Readonly<Record<ServiceName, string>>;

export interface SupervisorOptions extends TrainerOptions {
  /** Services to start, including their dependencies. */
  readonly names: readonly ServiceName[];
  /** Folder of everything without a location of its own; logs go to `<out>/logs`. */
  readonly out: string;
  /** Where runs, journals and ledger are kept: a folder or a database; absent: `out`. */
  readonly store?: string | undefined;
  /** Where the artifact store is; absent: `out`. */
  readonly artifacts?: string | undefined;
  /** Port by service; 0 or absent: any free one. */
  readonly ports?: Partial<Record<ServiceName, number>>;
  /** Ports that services serve metrics on, in addition; 0: any free one. Absent: none. */
  readonly metricsPorts?: Readonly<Record<ServiceName, number>> | undefined;
  /** A service whose domains the verifier grades too; absent: none. */
  readonly domainsFrom?: string | undefined;
  /** File that the spans of all processes are written to. */
  readonly traceFile?: string | undefined;
  /** How to resume after Ctrl-C, for the message: "the same command resumes the run". */
  readonly howToResume?: string;
  /** Called when a trainer has died and others remain. */
  readonly onLoss?: (why: string) => void;
  /** Called when a service is ready. */
  readonly onReady?: (name: ServiceName, address: string) => void;
}

const READY_TIMEOUT_MS = 60_000;
const ALL_STOPPED = 'all services were stopped';
const STOP_GRACE_MS = 5_000;
/** Time in which the failed call of a service that died is put down to its death, and work that is done counts. */
const DEATH_NOTICE_MS = 1_000;

function makeLogFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (error) {
    throw new UserError(`${folder}: cannot be created: ${messageOf(error)}`, 'FAILED_PRECONDITION', folder);
  }
}

/** The service of a process: trainer for trainer-2. */
function roleOf(instance: string): ServiceName {
  return instance.replace(/-\d+$/, '') as ServiceName;
}

/** The running services. */
export class Supervisor {
  private readonly running: ServiceProcess[] = [];

  private constructor(private readonly options: SupervisorOptions) {}

  /** Addresses by service; those of several trainers are separated by commas. */
  get addresses(): Addresses {
    const names = [...new Set(this.running.map(({ name }) => roleOf(name)))];
    const of = (role: string): string =>
      this.running
        .filter(({ name }) => roleOf(name) === role)
        .map(({ address }) => address)
        .join(',');
    return Object.fromEntries(names.map((name) => [name, of(name)])) as Addresses;
  }

  /** Where metrics are served, by name of process. */
  get metrics(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.running.flatMap(({ name, metrics }) => (metrics === undefined ? [] : [[name, metrics]])),
    );
  }

  /** Process ids, by name of process. */
  get pids(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.running.map((s) => [s.name, s.pid]));
  }

  /**
   * Starts the services, runs `work`, and stops them however it ends. Ctrl-C aborts `signal` and stops everything in
   * order; a second Ctrl-C kills it. Rejects with `Interrupted` then, and with the service's error when one died.
   */
  static async during<T>(
    options: SupervisorOptions,
    work: (supervisor: Supervisor, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const supervisor = new Supervisor(options);
    const abort = new AbortController();
    const interruption = new Interrupted([ALL_STOPPED, options.howToResume].filter(Boolean).join('; '));
    const interrupted = new Promise<never>((_, reject) => {
      abort.signal.addEventListener('abort', () => reject(interruption), { once: true });
    });
    interrupted.catch(() => {}); // it may reject while nothing awaits it
    const onSignal = (): void => {
      if (abort.signal.aborted) supervisor.kill();
      else abort.abort();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const name of signals) process.on(name, onSignal);
    const stopLooking = onNpmEnd(() => abort.abort());
    const onExit = (): void => supervisor.kill();
    process.on('exit', onExit);
    try {
      await supervisor.start(abort.signal);
      const died = supervisor.death();
      const done = work(supervisor, abort.signal).catch(async (error: unknown) => {
        // A call to a service that died fails before its exit is observed; the exit says more.
        const unreachable = error instanceof UserError && error.reason === 'UNAVAILABLE';
        if (unreachable) await Promise.race([died, sleep(DEATH_NOTICE_MS)]);
        throw error;
      });
      // Work that is done as a service dies is done: its failure would make the user start it a second time.
      const undone = died.catch(async (error: unknown) => {
        await Promise.race([done.catch(() => undefined), sleep(DEATH_NOTICE_MS)]);
        throw error;
      });
      return await Promise.race([done, undone, interrupted]);
    } catch (error) {
      if (abort.signal.aborted) throw interruption;
      abort.abort(); // ends the work's calls
      throw error;
    } finally {
      await supervisor.stop();
      process.off('exit', onExit);
      stopLooking();
      for (const name of signals) process.off(name, onSignal);
    }
  }

  /** Starts all services, each after its dependencies, independent ones concurrently. */
  private async start(signal: AbortSignal): Promise<void> {
    makeLogFolder(join(this.options.out, 'logs'));
    const waiting = new Set(this.options.names);
    while (waiting.size > 0) {
      const addresses = this.addresses as Partial<Addresses>;
      const next = [...waiting].filter((name) =>
        services[name].needs.every((need) => addresses[need] !== undefined),
      );
      invariant(
        next.length > 0,
        () => `supervisor: ${[...waiting].join(', ')} depend on services that are not started`,
      );
      const instances = next.flatMap((name) => this.instancesOf(name));
      const results = await Promise.allSettled(instances.map((instance) => this.startOne(instance, signal)));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      for (const name of next) waiting.delete(name);
    }
  }

  /** Rejects with the error of the first service that dies. Trainers count once the last of them has died. */
  private async death(): Promise<never> {
    const roles = [...new Set(this.running.map(({ name }) => roleOf(name)))];
    const gone = roles.map(async (role) => {
      const all = this.running.filter(({ name }) => roleOf(name) === role);
      let left = all.length;
      let last: unknown;
      const exits = all.map(async (service) => {
        last = await service.unexpectedExit();
        if (--left > 0) this.options.onLoss?.(messageOf(last));
      });
      await Promise.all(exits);
      return last;
    });
    throw await Promise.race(gone);
  }

  /** Names of the processes of a service: trainer, trainer-2, trainer-3. */
  private instancesOf(name: ServiceName): string[] {
    const count = name === 'trainer' ? (this.options.trainers ?? 1) : 1;
    return Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}-${i + 1}`));
  }

  private async startOne(instance: string, signal: AbortSignal): Promise<void> {
    const { out, store = out, artifacts = out, ports, traceFile, onReady } = this.options;
    const name = roleOf(instance);
    // The first process has the given port, the others any free one.
    const flags = ['--listen', `127.0.0.1:${(instance === name ? ports?.[name] : undefined) ?? 0}`];
    const { metricsPorts } = this.options;
    if (metricsPorts) flags.push('--metrics', `127.0.0.1:${instance === name ? metricsPorts[name] : 0}`);
    if (this.stores(name, 'artifacts')) flags.push('--artifacts', artifacts);
    const addresses = this.addresses;
    for (const need of services[name].needs) flags.push(`--${need}`, addresses[need]);
    if (name === 'trainer') flags.push(...trainerFlags(this.options));
    const { domainsFrom } = this.options;
    if (name === 'verifier' && domainsFrom) flags.push('--domains-from', domainsFrom);
    const service = await ServiceProcess.start(
      {
        name: instance,
        main: mainOf(name),
        flags,
        logFile: join(out, 'logs', `${instance}.log`),
        preload: import.meta.resolve('@soar/telemetry/register'),
        // SOAR_SERVICE also names the spans of worker threads, which cannot tell it from a main.js. SOAR_STORE is no
        // flag, as it may hold a password and every user can read command lines.
        env: {
          SOAR_SERVICE: name,
          ...(this.stores(name, 'store') ? { SOAR_STORE: store } : {}),
          ...(traceFile === undefined ? {} : { SOAR_TRACE_FILE: traceFile }),
          ...(name === 'trainer' ? this.deviceOf(instance)?.environment : {}),
        },
        readyTimeoutMs: READY_TIMEOUT_MS,
      },
      signal,
    );
    this.running.push(service);
    onReady?.(name, service.address);
  }

  /** The device of trainer, trainer-2 and so on. */
  private deviceOf(instance: string): NamedDevice | undefined {
    return this.options.devices?.[this.instancesOf('trainer').indexOf(instance)];
  }

  private stores(name: ServiceName, which: 'store' | 'artifacts'): boolean {
    return (services[name].stores as readonly string[]).includes(which);
  }

  /** Stops all services, each before its dependencies, so that none loses its server during a call. */
  private async stop(): Promise<void> {
    const left = new Map(this.running.map((s) => [s.name, s]));
    while (left.size > 0) {
      const needed = new Set(
        [...left.keys()].flatMap((name) => services[roleOf(name)].needs as readonly string[]),
      );
      const next = [...left.values()].filter((s) => !needed.has(roleOf(s.name)));
      await Promise.all(next.map((s) => s.stop(STOP_GRACE_MS)));
      for (const s of next) left.delete(s.name);
    }
  }

  private kill(): void {
    for (const service of this.running) service.kill();
  }
}
