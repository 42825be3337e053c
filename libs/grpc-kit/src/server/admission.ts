/**
 * Admission control, from a call's headers, before its message is read: the bearer token, the rate of calls per peer,
 * and the number of calls in flight. A call over a limit is RESOURCE_EXHAUSTED with RetryInfo: no work was done, and
 * it may be retried.
 *
 * Only Health.Check needs no token, because probes have none; reflection needs one. A peer is an address without its
 * port, so all services on one machine are one peer. Not a firewall: connections are not counted.
 */
import { type Metadata, type ServerInterceptor, ServerInterceptingCall } from '@grpc/grpc-js';
import { Health } from '@soar/contracts/grpc';
import { Overloaded, UserError } from '@soar/core';
import { toStatus } from '../status.js';
import type { Tokens } from '../security/tokens.js';

export interface AdmissionRules {
  /** Tokens of which a call must carry one. Absent: no token is required. */
  readonly tokens?: Tokens | undefined;
  /** Most calls in flight, streams included. */
  readonly callsMax: number;
  /** Most calls per second from one peer; a burst may use up a second's worth. 0: no limit. */
  readonly callsPerSecond: number;
  readonly log: (line: string) => void;
  /** A monotonic clock, in milliseconds. Default: the system clock. */
  readonly now?: () => number;
}

/** Methods that need no token. */
const OPEN: readonly string[] = [`/${Health.typeName}/Check`];
/** When a call that was refused by a full server may be retried. */
const FULL_RETRY_MS = 250;
/** Peers whose rate is tracked. Forgetting a peer that was idle for a second changes nothing. */
const PEERS_MAX = 10_000;

/** The grpc-js interceptor of one server. */
export function admission(rules: AdmissionRules): ServerInterceptor {
  const rate = new PeerRate(rules.callsPerSecond, rules.now ?? (() => performance.now()));
  let inFlight = 0;
  return (method, call) => {
    let admitted = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            try {
              rate.take(call.getConnectionInfo().remoteAddress ?? '');
              if (rules.tokens !== undefined && !OPEN.includes(method.path))
                authenticate(rules.tokens, metadata);
              if (inFlight >= rules.callsMax) {
                throw new Overloaded(`${inFlight} calls are in flight; try again later`, FULL_RETRY_MS);
              }
            } catch (error) {
              call.sendStatus(toStatus(error, method.path.slice(1), rules.log));
              return;
            }
            inFlight++;
            admitted = true;
            proceed(metadata);
          },
          // grpc-js calls this after every call, however it ended.
          onCancel: () => {
            if (admitted) inFlight--;
            admitted = false;
          },
        }),
    });
  };
}

function authenticate(tokens: Tokens, metadata: Metadata): void {
  const [given] = metadata.get('authorization');
  if (given === undefined) {
    throw new UserError('this server requires a bearer token; give --token-file', 'UNAUTHENTICATED');
  }
  if (!tokens.accepts(String(given))) {
    throw new UserError(
      'this server does not accept the bearer token; check --token-file',
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

  /** Counts a call of `peer`. Throws Overloaded with the time until the next one is due. */
  take(peer: string): void {
    if (this.perSecond === 0) return;
    const atMs = this.now();
    const before = this.peers.get(peer) ?? { calls: this.perSecond, atMs };
    const refilled = before.calls + ((atMs - before.atMs) / 1000) * this.perSecond;
    const calls = Math.min(this.perSecond, refilled);
    if (calls < 1) {
      const message = `more than ${this.perSecond} calls a second from ${peer}; try again later`;
      throw new Overloaded(message, Math.ceil(((1 - calls) / this.perSecond) * 1000));
    }
    // Deleted first, so that the map stays ordered by last call.
    this.peers.delete(peer);
    this.peers.set(peer, { calls: calls - 1, atMs });
    if (this.peers.size > PEERS_MAX) this.peers.delete(this.peers.keys().next().value!);
  }
}
