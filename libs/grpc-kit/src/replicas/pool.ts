/**
 * A client-side pool of a service's replicas: a key routes work to one of them, and to another when that one is
 * unavailable, full or silent. Replicas come and go with the addresses of their name.
 *
 * Work may run on two replicas under the same id, so it must be idempotent across them: artifacts are written once,
 * in a store that all replicas share. Not here: retries when no replica is left.
 */
import type { DescService } from '@bufbuild/protobuf';
import { Overloaded, UserError } from '@soar/core';
import { type Client, type ClientOptions } from '../client/client.js';
import { type Connect, Replica } from './replica.js';
import { type ReplicaAddresses, replicaAddresses, type Resolve } from './addresses.js';
import { route } from './routing.js';

export interface ReplicaPoolOptions extends Pick<
  ClientOptions,
  'credentials' | 'messageBytesMax' | 'attemptsMax'
> {
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
  /** Default: over the network. */
  readonly connect?: Connect;
  /** Interval of health checks and of name resolution, in ms. Default 2,000. */
  readonly heartbeatMs?: number;
  /** Timeout of a health check, in ms; three in a row without an answer count as lost. Default 4,000. */
  readonly heartbeatTimeoutMs?: number;
}

/** The assignment of a piece of work to a replica. It must be released. */
export interface Assignment<S extends DescService> {
  readonly client: Client<S>;
  /** Aborts when the replica is declared lost. Pass it to the calls of the work. */
  readonly lost: AbortSignal;
  /**
   * Records a failed call and returns the error to handle: UNAVAILABLE when the replica was lost.
   */
  failed(error: unknown): unknown;
  release(): void;
}

const HEARTBEAT_MS_DEFAULT = 2_000;

export class ReplicaPool<S extends DescService> {
  private readonly replicas = new Map<string, Replica<S>>();
  private readonly addresses: ReplicaAddresses;
  private readonly timer: NodeJS.Timeout;
  private refreshing: Promise<void> | undefined;

  /** Throws UserError INVALID_ARGUMENT for a malformed address. Connects on first use. */
  constructor(
    private readonly desc: S,
    /** As the user wrote it; for messages. */
    readonly address: string,
    private readonly options: ReplicaPoolOptions = {},
  ) {
    this.addresses = replicaAddresses(address, options.resolve);
    this.timer = setInterval(() => this.heartbeat(), options.heartbeatMs ?? HEARTBEAT_MS_DEFAULT);
    this.timer.unref();
  }

  /** Assigns a piece of work to a replica. Throws UserError UNAVAILABLE when there is none. */
  async assign(key: string): Promise<Assignment<S>> {
    if (this.replicas.size === 0) await this.refresh();
    const all = [...this.replicas.values()];
    const [up, free] = [all.filter(({ isUp }) => isUp), all.filter(({ isAvailable }) => isAvailable)];
    // If all seem unavailable, one is tried anyway: it may be back.
    const replica = route(key, free.length > 0 ? free : up.length > 0 ? up : all);
    replica.inFlight++;
    const { lost } = replica;
    let released = false;
    return {
      client: replica.client,
      lost,
      failed: (error) => {
        const failure = lost.aborted ? lost.reason : error;
        replica.noteFailure(failure);
        return failure;
      },
      release: () => {
        if (!released) replica.release();
        released = true;
      },
    };
  }

  /**
   * Runs `work` on a replica, and on others while they are unavailable or full, each at most once. `work` passes
   * `lost` to its calls. Rejects with the last error.
   */
  async use<T>(key: string, work: (client: Client<S>, lost: AbortSignal) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const assignment = await this.assign(key);
      try {
        return await work(assignment.client, assignment.lost);
      } catch (error) {
        const failure = assignment.failed(error);
        if (!this.canFailOver(failure) || tries >= this.replicas.size) throw failure;
      } finally {
        assignment.release();
      }
    }
  }

  /** Whether, after this failure, the work can move to another replica at once. */
  canFailOver(failure: unknown): boolean {
    const mayMove =
      failure instanceof Overloaded || (failure instanceof UserError && failure.reason === 'UNAVAILABLE');
    return mayMove && [...this.replicas.values()].some(({ isAvailable }) => isAvailable);
  }

  /** Clients of all replicas that are up. */
  async all(): Promise<Client<S>[]> {
    if (this.replicas.size === 0) await this.refresh();
    return [...this.replicas.values()].filter(({ isUp }) => isUp).map(({ client }) => client);
  }

  close(): void {
    clearInterval(this.timer);
    for (const replica of this.replicas.values()) replica.close();
    this.replicas.clear();
  }

  private heartbeat(): void {
    if (this.replicas.size === 0) return; // not used yet
    if (this.addresses.dynamic) void this.refresh().catch(() => undefined); // on failure the known ones stay
    // A single replica has no alternative, so the calls' own errors suffice.
    if (this.replicas.size > 1) for (const replica of this.replicas.values()) void replica.heartbeat();
  }

  /** Updates the replicas from their current addresses; one update at a time. */
  private refresh(): Promise<void> {
    this.refreshing ??= this.update().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async update(): Promise<void> {
    const current = await this.addresses.current();
    const { credentials, messageBytesMax, attemptsMax } = this.options;
    const { serverName } = this.addresses;
    for (const address of current) {
      if (this.replicas.has(address)) continue;
      const options: ClientOptions = {
        credentials,
        ...(messageBytesMax === undefined ? {} : { messageBytesMax }),
        ...(serverName === undefined ? {} : { serverName }),
        // With other replicas to turn to, an unavailable one is not retried.
        ...(current.length > 1 ? { attemptsMax: 1 } : attemptsMax === undefined ? {} : { attemptsMax }),
      };
      this.replicas.set(
        address,
        new Replica(this.desc, address, options, this.options.connect, this.options.heartbeatTimeoutMs),
      );
    }
    for (const [address, replica] of this.replicas) {
      if (current.includes(address)) continue;
      this.replicas.delete(address);
      replica.retire();
    }
  }
}
