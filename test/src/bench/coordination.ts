/**
 * The overhead of the coordinator: `npm run bench:coordinator [-- steps scaling memory recovery]`. The coordinator is
 * a real process. It calls a real metareward, and a teacher and trainers that compute nothing, all in this process.
 * So journal, calls and loop are measured. Not a test: nothing fails here.
 *
 * - a memoised step on either store, in ms (target 1 on SQLite), and its share of a quickstart run (target 2 %);
 * - 64 trainers that only wait, compared with the shortest possible time (target 95 %);
 * - memory over 40,000 steps (target: flat);
 * - from the start of a killed coordinator's successor to its first new call (target 3 s).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorService, type CreateRunRequest, RunState } from '@soar/contracts';
import { BASE, request } from '@soar/coordinator/dist/testing/coordinator.js';
import { StandInServices } from '@soar/coordinator/dist/testing/stand-in-services.js';
import { createClient } from '@soar/grpc-kit';
import { openArtifactStore, openLedger, openRunDatabase, RUN_KIND } from '@soar/store';
import { PostgresServer, withoutPostgres } from '@soar/store/testing';
import { repositoryRoot } from '../repository-root.js';

const path = mkdtempSync(join(tmpdir(), 'soar-bench-'));
const postgres = withoutPostgres() === false ? await PostgresServer.start() : undefined;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const parts: Readonly<Record<string, () => Promise<void>>> = {
  steps: async () => {
    const perStepMs = await steps('SQLite', join(path, 'steps'));
    // 20 outer steps of the quickstart and its arms: the entries of the shipped demo's journal.
    const entries = 277;
    say(
      `a quickstart run of 150 s has about ${entries} entries: ` +
        `${((entries * perStepMs) / 1500).toFixed(3)} % (target 2 %)`,
    );
    if (postgres !== undefined) await steps('PostgreSQL', await postgres.database());
  },
  scaling,
  memory: async () => {
    await memory('SQLite', join(path, 'memory'));
    if (postgres !== undefined) await memory('PostgreSQL', await postgres.database());
  },
  recovery,
};

try {
  const wanted = process.argv.slice(2);
  for (const [name, part] of Object.entries(parts))
    if (wanted.length === 0 || wanted.includes(name)) await part();
} finally {
  await postgres?.remove();
  rmSync(path, { recursive: true, force: true });
}

/** Mean ms to look up and write an entry of 2 KiB, one after the other. */
async function steps(name: string, location: string): Promise<number> {
  const database = await openRunDatabase(location);
  await database.acquire({ holder: 'a benchmark', signal: AbortSignal.timeout(10_000) });
  const run = {
    id: 'run',
    kind: RUN_KIND,
    request: new Uint8Array(),
    state: 1,
    failure: '',
    failureReason: '',
    createdMs: 0,
  };
  await database.insert(run);
  const journal = database.journal('run');
  const value = new Uint8Array(2048).fill(1);
  const count = 2_000;
  const from = performance.now();
  for (let i = 0; i < count; i++) {
    await journal.get(`step-${i}`);
    await journal.put(`step-${i}`, value);
  }
  const each = (performance.now() - from) / count;
  say(
    `${name}: ${each.toFixed(3)} ms per memoised step (looked up and written, ${count} of them; target 1 ms on SQLite)`,
  );
  await database.close();
  return each;
}

/** One outer step of 640 trainings on 64 trainers that wait for 1 s each, one training at a time. */
async function scaling(): Promise<void> {
  const [trainers, trainings, waitMs] = [64, 640, 1_000];
  const folder = join(path, 'scaling');
  const services = await standIns(folder);
  services.writesArtifacts = false;
  let [first, last] = [Infinity, 0];
  const replicas = await Promise.all(
    Array.from({ length: trainers }, () => {
      let queue: Promise<void> = Promise.resolve();
      return services.replica('127.0.0.1:0', () => {
        first = Math.min(first, performance.now());
        queue = queue.then(() => sleep(waitMs)).then(() => void (last = performance.now()));
        return queue;
      });
    }),
  );
  const trainer = replicas.map(({ address }) => address).join(',');
  const coordinator = await start(folder, services, trainer);
  const wanted = request('run', (config) => {
    config.outerSteps = 1;
    config.teacher.datasets = 64;
    config.student.repeats = trainings / 64;
    config.promotion.disabled = true;
    config.promotion.tau = 1;
    config.comparison.arms = [1];
  });
  await ended(coordinator.address, wanted);
  const bestMs = (trainings / trainers) * waitMs;
  const share = (100 * bestMs) / (last - first);
  say(
    `${trainings} trainings of ${waitMs} ms on ${trainers} waiting trainers: ` +
      `${((last - first) / 1000).toFixed(2)} s, ` +
      `${share.toFixed(1)} % of the best possible (target 95 %)`,
  );
  await stop(coordinator.child);
  await Promise.all(replicas.map((replica) => replica.stop()));
  await services.stop();
}

/** A run of 5,000 outer steps, about 40,000 memoised steps: without a leak, the heap has stopped growing by then. */
async function memory(name: string, store: string): Promise<void> {
  const folder = join(path, `memory-${name}`);
  const services = await standIns(folder);
  const coordinator = await start(folder, services, services.address, store);
  services.writesArtifacts = false;
  const outerSteps = 5_000;
  const wanted = request('run', (config) => {
    config.outerSteps = outerSteps;
    config.promotion.disabled = true;
    config.promotion.tau = 1;
    config.comparison.arms = [1];
  });
  const seen: [number, number][] = [];
  services.onCall = (call, moment) => {
    const t = /^Propose step\/(\d+)\//.exec(call)?.[1];
    if (t === undefined || moment === 'after' || Number(t) % 500 !== 0) return;
    seen.push([Number(t), residentMib(coordinator.child)]);
  };
  await ended(coordinator.address, wanted);
  const line = seen.map(([t, mib]) => `${8 * t}: ${mib}`).join(', ');
  say(`${name}: resident memory of the coordinator in MiB by memoised steps: ${line}`);
  await stop(coordinator.child);
  await services.stop();
}

/** SIGKILL during a step; the time until the successor's first new call. */
async function recovery(): Promise<void> {
  const folder = join(path, 'recovery');
  const services = await standIns(folder);
  const coordinator = await start(folder, services, services.address);
  let reach!: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let calledAt = 0;
  services.onCall = async (call, moment, signal) => {
    if (moment === 'after' || call !== 'Propose step/1/propose') return;
    if (calledAt === 0 && coordinator.child.exitCode === null && coordinator.child.signalCode === null) {
      reach();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return;
    }
    calledAt ||= performance.now();
  };
  const client = createClient(CoordinatorService, coordinator.address);
  await client.createRun(request('run'));
  client.close();
  await reached;
  const killed = once(coordinator.child, 'exit');
  coordinator.child.kill('SIGKILL');
  await killed;
  const from = performance.now();
  const next = await start(folder, services, services.address);
  await ended(next.address, request('run'));
  say(
    `from the start of a killed coordinator's successor to its first new work: ` +
      `${((calledAt - from) / 1000).toFixed(2)} s (target 3 s)`,
  );
  await stop(next.child);
  await services.stop();
}

async function standIns(folder: string): Promise<StandInServices> {
  const store = await openArtifactStore(folder);
  const services = new StandInServices(store);
  await services.model(BASE, 1);
  await services.start(await openLedger(folder));
  return services;
}

interface Coordinator {
  readonly child: ChildProcess;
  readonly address: string;
}

async function start(
  folder: string,
  services: StandInServices,
  trainer: string,
  store = folder,
): Promise<Coordinator> {
  const main = join(repositoryRoot, 'services/coordinator/dist/main.js');
  const { address } = services;
  const flags = ['--listen', '127.0.0.1:0', '--store', store, '--artifacts', folder, '--trainer', trainer];
  const child = spawn(
    process.execPath,
    [main, ...flags, '--teacher', address, '--metareward', address, '--exit-with-parent'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, address: (JSON.parse(line) as { address: string }).address };
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Creates the run, or finds it, and waits for its end. */
async function ended(address: string, wanted: CreateRunRequest): Promise<void> {
  const client = createClient(CoordinatorService, address);
  await client.createRun(wanted);
  for (;;) {
    const run = (await client.listRuns({})).runs[0];
    if (run?.state === RunState.SUCCEEDED) break;
    if (run?.state !== RunState.RUNNING)
      throw new Error(`the run is ${RunState[run?.state ?? 0]}: ${run?.failure}`);
    await sleep(1_000);
  }
  client.close();
}

function residentMib({ pid }: ChildProcess): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return Math.round((pages * 4096) / 2 ** 20);
}
