/**
 * Admission control, from a call's headers, before anything of its body is read: who calls, the rate of calls per peer,
 * and whether the caller's role may call this method. Slots and memory come after it (incoming.ts).
 *
 * Only Health.Check is for everyone, because probes show nothing; reflection is not. A peer is an address without its
 * port, so all services on one machine are one peer. Calls of known callers, probes, and the others are counted apart:
 * on the same machine, or behind one address, strangers cannot use up the rate of the rest.
 */
import { Health } from '@soar/contracts/grpc';
import { Overloaded, UserError } from '@soar/core';
import { rolesOf } from '../security/access.js';
import type { Shown } from '../security/callers.js';
import type { KnownCallers } from '../security/known-callers.js';

export interface AdmissionRules {
  /** Absent: every caller may do anything. */
  readonly known?: Pick<KnownCallers, 'rolesOf' | 'refusal'> | undefined;
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
  readonly shown: Shown;
}

/** Methods that strangers may call. */
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
  admit({ path, peer, shown }: CallHeaders): void {
    const { known } = this.rules;
    const roles = known?.rolesOf(shown);
    const isOpen = OPEN.includes(path);
    this.rate.take(peer, isOpen ? 'for health' : roles === undefined ? '' : 'as a known caller');
    if (known === undefined || isOpen) return;
    if (roles === undefined) throw known.refusal(shown);
    const may = rolesOf(path);
    if (roles.some((role) => may.includes(role))) return;
    throw new UserError(
      `${path.slice(1)}: may be called as ${may.join(' or ')}; this caller is ${roles.join(' and ')}, by the ` +
        "server's --callers-file",
      'PERMISSION_DENIED',
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
