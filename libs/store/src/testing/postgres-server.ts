/**
 * A PostgreSQL server for one test file, from the binaries of this machine: on loopback, in a temporary folder, and
 * it can be stopped and started again. PostgreSQL refuses to run as root; then it runs as the user `postgres`.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { messageOf } from '@soar/core';
import { freePort } from './free-port.js';
import { isContinuousIntegration, pathFolders } from './config.js';

const READY_MS_MAX = 30_000;

/**
 * Why tests that need PostgreSQL are skipped here; false if it is installed. Never skipped in continuous integration.
 */
export function withoutPostgres(): string | false {
  if (binaries() !== undefined) return false;
  if (isContinuousIntegration)
    throw new Error('PostgreSQL is not installed: .ci/run installs it before the tests');
  return 'PostgreSQL is not installed (Debian: apt-get install postgresql): tests that need it are skipped';
}

/** Folder of initdb and postgres. */
function binaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...pathFolders];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}

export class PostgresServer {
  private process: ChildProcess | undefined;
  private databases = 0;

  private constructor(
    private readonly bin: string,
    private readonly folder: string,
    private readonly owner: { uid: number; gid: number } | undefined,
    readonly port: number,
  ) {}

  /** Makes and starts a new database cluster. */
  static async start(): Promise<PostgresServer> {
    const bin = binaries()!;
    const folder = mkdtempSync(join(tmpdir(), 'soar-postgres-'));
    const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    const init = [
      '-D',
      join(folder, 'data'),
      '-U',
      'soar',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ];
    await promisify(execFile)(join(bin, 'initdb'), init, { ...owner, cwd: folder, timeout: READY_MS_MAX });
    const server = new PostgresServer(bin, folder, owner, await freePort());
    await server.run();
    return server;
  }

  /** Starts the server again, on the same port with the same data. */
  async run(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: '',
      shared_buffers: '16MB',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(this.bin, 'postgres'), ['-D', join(this.folder, 'data'), ...flags], {
      ...this.owner,
      cwd: this.folder,
      stdio: 'ignore',
    });
    this.process = child;
    const until = performance.now() + READY_MS_MAX;
    for (;;) {
      try {
        await this.sql('postgres', 'SELECT 1');
        return;
      } catch (error) {
        if (child.exitCode !== null || performance.now() > until)
          throw new Error(`PostgreSQL did not start: ${messageOf(error)}`, { cause: error });
        await sleep(50);
      }
    }
  }

  /** Stops the server: at once, like a crash ('immediate'), or after closing its sessions ('fast'). */
  async halt(how: 'immediate' | 'fast' = 'immediate'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(how === 'immediate' ? 'SIGQUIT' : 'SIGINT');
    await ended;
  }

  /** Creates an empty database and returns its location. */
  async database(): Promise<string> {
    const name = `soar_${++this.databases}`;
    await this.sql('postgres', `CREATE DATABASE ${name}`);
    return this.url(name);
  }

  url(database: string): string {
    return `postgres://soar@127.0.0.1:${this.port}/${database}`;
  }

  /** Runs SQL in a database; the rows of the last statement. */
  async sql(database: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database), connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async remove(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
}
