/**
 * The replicas of a service behind one object: work goes to one of them by its key, and elsewhere when that one is
 * away, full or silent. Replicas come and go with the name that stands for them.
 *
 * Work is repeated under the same id, so what is given to two replicas must be idempotent over both: artifacts are
 * written once, in a store that all replicas share. Not here: the retries of a caller when no replica is left.
 */
import type { DescService } from '@bufbuild/protobuf';
import { Overloaded, UserError } from '@soar/core';
import { type Client, type ClientOptions } from '../client/client.js';
import { type Connect, Replica } from './replica.js';
import { type ReplicaAddresses, replicaAddresses, type Resolve } from './addresses.js';
import { route } from './routing.js';

export interface ReplicaPoolOptions extends Pick<ClientOptions, 'credentials' | 'messageBytesMax'> {
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
  /** Default: over the network. */
  readonly connect?: Connect;
  /** How often replicas are asked whether they serve, and names are resolved anew, in ms. Default 2,000. */
  readonly beatMs?: number;
  /** Longest wait for the answer to that, in ms; a replica is given up after three in a row. Default 4,000. */
  readonly heartbeatMsMax?: number;
}

/** A piece of work's hold on a replica. It must be released. */
export interface Held<S extends DescService> {
  readonly client: Client<S>;
  /** Aborts when the replica is given up. Calls of the work listen to it. */
  readonly lost: AbortSignal;
  /**
   * Takes note of how a call failed, and returns the error to go on with: UNAVAILABLE when the replica was given up.
   */
  failed(error: unknown): unknown;
  release(): void;
}

const BEAT_MS_DEFAULT = 2_000;

export class ReplicaPool<S extends DescService> {
  private readonly replicas = new Map<string, Replica<S>>();
  private readonly addresses: ReplicaAddresses;
  private readonly timer: NodeJS.Timeout;
  private looking: Promise<void> | undefined;

  /** Throws UserError INVALID_ARGUMENT for an address that is none. Nothing is connected before the first work. */
  constructor(
    private readonly desc: S,
    /** As the user wrote it; for messages. */
    readonly address: string,
    private readonly options: ReplicaPoolOptions = {},
  ) {
    this.addresses = replicaAddresses(address, options.resolve);
    this.timer = setInterval(() => this.beat(), options.beatMs ?? BEAT_MS_DEFAULT);
    this.timer.unref();
  }

  /** Chooses the replica for a piece of work. Throws UserError UNAVAILABLE when there is none. */
  async take(key: string): Promise<Held<S>> {
    if (this.replicas.size === 0) await this.look();
    const all = [...this.replicas.values()];
    const [up, free] = [all.filter(({ isUp }) => isUp), all.filter(({ takesWork }) => takesWork)];
    // Where all seem away, one is asked all the same: it may have come back.
    const replica = route(key, free.length > 0 ? free : up.length > 0 ? up : all);
    replica.inWork++;
    const { lost } = replica;
    let released = false;
    return {
      client: replica.client,
      lost,
      failed: (error) => {
        const failure = lost.aborted ? lost.reason : error;
        replica.blame(failure);
        return failure;
      },
      release: () => {
        if (!released) replica.release();
        released = true;
      },
    };
  }

  /**
   * Does a piece of work at a replica, and at others while they are away or full, each at most once. `work` passes
   * `lost` to its calls. Rejects with what the last one said.
   */
  async use<T>(key: string, work: (client: Client<S>, lost: AbortSignal) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const held = await this.take(key);
      try {
        return await work(held.client, held.lost);
      } catch (error) {
        const failure = held.failed(error);
        if (!this.hasOther(failure) || tries >= this.replicas.size) throw failure;
      } finally {
        held.release();
      }
    }
  }

  /** Whether the same work may be asked of another replica at once, after this failure. */
  hasOther(failure: unknown): boolean {
    const mayMove =
      failure instanceof Overloaded || (failure instanceof UserError && failure.reason === 'UNAVAILABLE');
    return mayMove && [...this.replicas.values()].some(({ takesWork }) => takesWork);
  }

  /** Clients of all replicas that answer. */
  async all(): Promise<Client<S>[]> {
    if (this.replicas.size === 0) await this.look();
    return [...this.replicas.values()].filter(({ isUp }) => isUp).map(({ client }) => client);
  }

  close(): void {
    clearInterval(this.timer);
    for (const replica of this.replicas.values()) replica.close();
    this.replicas.clear();
  }

  private beat(): void {
    if (this.replicas.size === 0) return; // nobody has asked for work yet
    if (this.addresses.dynamic) void this.look().catch(() => undefined); // those that are known stay
    // One by itself has no other to go to: its calls tell how it is.
    if (this.replicas.size > 1) for (const replica of this.replicas.values()) void replica.beat();
  }

  /** Looks where the replicas are now; one look at a time. */
  private look(): Promise<void> {
    this.looking ??= this.update().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async update(): Promise<void> {
    const current = await this.addresses.current();
    const { credentials, messageBytesMax } = this.options;
    const { serverName } = this.addresses;
    for (const address of current) {
      if (this.replicas.has(address)) continue;
      const options: ClientOptions = {
        credentials,
        ...(messageBytesMax === undefined ? {} : { messageBytesMax }),
        ...(serverName === undefined ? {} : { serverName }),
        // With others to go to, a call that meets nobody goes there.
        ...(current.length > 1 ? { attemptsMax: 1 } : {}),
      };
      this.replicas.set(
        address,
        new Replica(this.desc, address, options, this.options.connect, this.options.heartbeatMsMax),
      );
    }
    for (const [address, replica] of this.replicas) {
      if (current.includes(address)) continue;
      this.replicas.delete(address);
      replica.retire();
    }
  }
}
