/**
 * Admission control, from a call's headers, before anything of its body is read: the bearer token and the rate of calls
 * per peer. Slots and memory come after it (incoming.ts).
 *
 * Only Health.Check needs no token, because probes have none; reflection needs one. A peer is an address without its
 * port, so all services on one machine are one peer. Calls with a valid token, probes, and the others are counted apart:
 * on the same machine, or behind one address, those without a token cannot use up the rate of the rest.
 */
import { Health } from '@soar/contracts/grpc';
import { Overloaded, UserError } from '@soar/core';
import type { Tokens } from '../security/tokens.js';

export interface AdmissionRules {
  /** Tokens of which a call must carry one. Absent: no token is required. */
  readonly tokens?: Tokens | undefined;
  /** Most calls per second from one peer; a burst may use up a second's worth. 0: no limit. */
  readonly callsPerSecond: number;
  /** A monotonic clock, in milliseconds. Default: the system clock. */
  readonly now?: () => number;
}

/** What the headers say of a call. */
export interface CallHeaders {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly peer: string;
  readonly authorization?: string | undefined;
}

/** Methods that need no token. */
const OPEN: readonly string[] = [`/${Health.typeName}/Check`];
/** Peers whose rate is tracked. Forgetting a peer that was idle for a second changes nothing. */
const PEERS_MAX = 10_000;

/** Admits the calls of one server. */
export class Admission {
  private readonly rate: PeerRate;

  constructor(private readonly rules: AdmissionRules) {
    this.rate = new PeerRate(rules.callsPerSecond, rules.now ?? (() => performance.now()));
  }

  /** Throws UserError for a call that may not be made, Overloaded for one that came too early. */
  admit({ path, peer, authorization }: CallHeaders): void {
    const { tokens } = this.rules;
    const isProven = tokens !== undefined && authorization !== undefined && tokens.accepts(authorization);
    const isOpen = OPEN.includes(path);
    this.rate.take(peer, isProven ? 'with a token' : isOpen ? 'for health' : '');
    if (tokens === undefined || isProven || isOpen) return;
    throw new UserError(
      authorization === undefined
        ? 'this server requires a bearer token; give --token-file'
        : 'this server does not accept the bearer token; check --token-file',
      'UNAUTHENTICATED',
    );
  }
}

/** A token bucket for each peer: it holds one second's worth of calls and refills steadily. */
class PeerRate {
  private readonly peers = new Map<string, { calls: number; atMs: number }>();

  constructor(
    private readonly perSecond: number,
    private readonly now: () => number,
  ) {}

  /** Counts a call of `peer` among those of its kind. Throws Overloaded with the time until the next one is due. */
  take(peer: string, kind: string): void {
    if (this.perSecond === 0) return;
    const key = `${peer} ${kind}`;
    const atMs = this.now();
    const before = this.peers.get(key) ?? { calls: this.perSecond, atMs };
    const refilled = before.calls + ((atMs - before.atMs) / 1000) * this.perSecond;
    const calls = Math.min(this.perSecond, refilled);
    if (calls < 1) {
      const message = `more than ${this.perSecond} calls a second from ${peer}; try again later`;
      throw new Overloaded(message, Math.ceil(((1 - calls) / this.perSecond) * 1000));
    }
    // Deleted first, so that the map stays ordered by last call.
    this.peers.delete(key);
    this.peers.set(key, { calls: calls - 1, atMs });
    if (this.peers.size > PEERS_MAX) this.peers.delete(this.peers.keys().next().value!);
  }
}
