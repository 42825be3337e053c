/**
 * One replica of a service as its callers see it: a client, how much work it has been given, and whether it answers.
 *
 * A process that has ended refuses connections, which shows at once. One that hangs, or that is behind a network that
 * swallows packets, says nothing: three unanswered heartbeats in a row, and what it has in work is given up.
 */
import type { DescService } from '@bufbuild/protobuf';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@soar/contracts/grpc';
import { Overloaded, UserError } from '@soar/core';
import { type Client, type ClientOptions, createClient } from '../client/client.js';

/** How many heartbeats in a row may go without an answer. */
const MISSES_MAX = 3;

/** How a client comes about. */
export type Connect = <S extends DescService>(desc: S, address: string, options: ClientOptions) => Client<S>;

export class Replica<S extends DescService> {
  readonly client: Client<S>;
  /** Pieces of work that it has been given and that have not ended. */
  inWork = 0;
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
    private readonly heartbeatMsMax = 4_000,
  ) {
    this.client = connect(desc, address, options);
    this.health = connect(Health, address, { ...options, attemptsMax: 1 });
  }

  /** Aborts when it is given up: what it has in work is to be done elsewhere. */
  get lost(): AbortSignal {
    return this.giveUp.signal;
  }

  /** Whether new work should go to it. */
  get takesWork(): boolean {
    return this.up && performance.now() >= this.fullUntil;
  }

  get isUp(): boolean {
    return this.up;
  }

  /** What a failed call says about it. */
  blame(error: unknown): void {
    if (error instanceof Overloaded) this.fullUntil = performance.now() + error.retryAfterMs;
    else if (error instanceof UserError && error.reason === 'UNAVAILABLE') this.up = false;
  }

  /** Asks whether it serves. Settles always. */
  async beat(): Promise<void> {
    if (this.beating || this.gone) return;
    this.beating = true;
    try {
      const { status } = await this.health.check({ service: '' }, { deadlineMs: this.heartbeatMsMax });
      this.misses = 0;
      // One that drains ends what it has by itself.
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

  /** It is no replica any more: what it has in work may end, then its connections close. */
  retire(): void {
    this.gone = true;
    this.up = false;
    if (this.inWork === 0) this.close();
  }

  /** A piece of work has ended. */
  release(): void {
    this.inWork--;
    if (this.gone && this.inWork === 0) this.close();
  }

  close(): void {
    this.gone = true;
    this.client.close();
    this.health.close();
  }
}
