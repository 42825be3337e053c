/**
 * One replica of a service as its clients see it: a client, its load, and its health.
 *
 * A process that has exited refuses connections, which shows at once. One that hangs, or whose packets the network
 * drops, stays silent: after three missed heartbeats in a row it counts as lost, and its work is aborted.
 */
import type { DescService } from '@bufbuild/protobuf';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@soar/contracts/grpc';
import { Overloaded, UserError } from '@soar/core';
import { type Client, type ClientOptions, createClient } from '../client/client.js';

/** Unanswered health checks in a row after which a replica counts as lost. */
const MISSES_MAX = 3;

/** Creates a client. */
export type Connect = <S extends DescService>(desc: S, address: string, options: ClientOptions) => Client<S>;

export class Replica<S extends DescService> {
  readonly client: Client<S>;
  /** Pieces of work assigned to it and not released. */
  inFlight = 0;
  private readonly health: Client<typeof Health>;
  private up = true;
  private fullUntil = 0;
  private misses = 0;
  private beating = false;
  private gone = false;
  private giveUp = new AbortController();

  constructor(
    desc: S,
    readonly address: string,
    options: ClientOptions,
    connect: Connect = createClient,
    /** Longest wait for the answer to a heartbeat. */
    private readonly heartbeatTimeoutMs = 4_000,
  ) {
    this.client = connect(desc, address, options);
    this.health = connect(Health, address, { ...options, attemptsMax: 1 });
  }

  /** Aborts when it counts as lost: its work must be done elsewhere. */
  get lost(): AbortSignal {
    return this.giveUp.signal;
  }

  /** Whether new work should go to it. */
  get isAvailable(): boolean {
    return this.up && performance.now() >= this.fullUntil;
  }

  get isUp(): boolean {
    return this.up;
  }

  /** Updates its state from a failed call. */
  noteFailure(error: unknown): void {
    if (error instanceof Overloaded) this.fullUntil = performance.now() + error.retryAfterMs;
    else if (error instanceof UserError && error.reason === 'UNAVAILABLE') this.up = false;
  }

  /** Checks its health. Never rejects. */
  async heartbeat(): Promise<void> {
    if (this.beating || this.gone) return;
    this.beating = true;
    try {
      const { status } = await this.health.check({ service: '' }, { deadlineMs: this.heartbeatTimeoutMs });
      this.misses = 0;
      // A draining replica finishes its work, so it gets no new work but does not count as lost.
      this.up = status === Status.SERVING;
      if (this.up && this.giveUp.signal.aborted) this.giveUp = new AbortController();
    } catch (error) {
      if (this.gone) return;
      const isSilent = !(error instanceof UserError && error.reason === 'UNAVAILABLE');
      this.misses = isSilent ? this.misses + 1 : 0;
      if (!isSilent || this.misses >= MISSES_MAX) this.up = false;
      if (this.misses >= MISSES_MAX && !this.giveUp.signal.aborted)
        this.giveUp.abort(
          new UserError(`${this.address}: no answer to ${MISSES_MAX} heartbeats`, 'UNAVAILABLE'),
        );
    } finally {
      this.beating = false;
    }
  }

  /** Takes it out of the pool: its work may finish, then its connections close. */
  retire(): void {
    this.gone = true;
    this.up = false;
    if (this.inFlight === 0) this.close();
  }

  /** Marks one piece of work as finished. */
  release(): void {
    this.inFlight--;
    if (this.gone && this.inFlight === 0) this.close();
  }

  close(): void {
    this.gone = true;
    this.client.close();
    this.health.close();
  }
}
