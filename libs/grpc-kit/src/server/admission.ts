/**
 * Who is let in, decided from a call's headers, before its message is read: the bearer token, the calls that one peer
 * makes a second, and the calls that are handled at a time. What is too much is RESOURCE_EXHAUSTED with RetryInfo: it
 * was not begun and is welcome later.
 *
 * Health.Check alone is open without a token, as probes have none; reflection is not. A peer is an address without its
 * port: the services on one machine are one peer. Not a firewall: connections are not counted.
 */
import { type Metadata, type ServerInterceptor, ServerInterceptingCall } from '@grpc/grpc-js';
import { Health } from '@soar/contracts/grpc';
import { Overloaded, UserError } from '@soar/core';
import { toStatus } from '../status.js';
import type { Tokens } from '../security/tokens.js';

export interface AdmissionRules {
  /** Tokens of which a call must carry one; absent: none is asked for. */
  readonly tokens?: Tokens | undefined;
  /** Calls handled at a time, streams included. */
  readonly callsMax: number;
  /** Calls that one peer may make a second; a second's worth may come at once. 0: any number. */
  readonly callsPerSecond: number;
  readonly log: (line: string) => void;
  /** Milliseconds of a clock that only goes forward. Default: the process's. */
  readonly now?: () => number;
}

/** Paths that need no token. */
const OPEN: readonly string[] = [`/${Health.typeName}/Check`];
/** When a call that met a full server may be tried again. */
const FULL_RETRY_MS = 250;
/** Peers whose rate is remembered; one that has been quiet for a second needs no memory. */
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
                throw new Overloaded(`${inFlight} calls are being handled; try again later`, FULL_RETRY_MS);
              }
            } catch (error) {
              call.sendStatus(toStatus(error, method.path.slice(1), rules.log));
              return;
            }
            inFlight++;
            admitted = true;
            proceed(metadata);
          },
          // grpc-js says this after every call, however it ended.
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
    throw new UserError('this server asks for a bearer token; give --token-file', 'UNAUTHENTICATED');
  }
  if (!tokens.accepts(String(given))) {
    throw new UserError('the bearer token is not one that this server accepts', 'UNAUTHENTICATED');
  }
}

/** A token bucket for each peer: full at one second's calls, refilled steadily. */
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
    // Deleted first, so that the map stays in the order of the last call.
    this.peers.delete(peer);
    this.peers.set(peer, { calls: calls - 1, atMs });
    if (this.peers.size > PEERS_MAX) this.peers.delete(this.peers.keys().next().value!);
  }
}
