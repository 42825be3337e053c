/** What an attack is, how hard it tries, and whether others were served meanwhile. */
import { status as Code } from './status-codes.js';
import { HEALTH_CHECK, honestCall, type Target } from './target.js';

/** How hard to try. */
export interface Scale {
  readonly connections: number;
  /** Calls on each connection. */
  readonly calls: number;
  /** Between one connection's calls and the next one's: below the rate that a peer may have. */
  readonly pauseMs: number;
  /** Size of the message that is half sent. */
  readonly messageBytes: number;
  /** Connections that stay silent. */
  readonly silent: number;
  /** Most connections that the server keeps. */
  readonly connectionsMax: number;
  /** Longest time in which the server ends a request that is not completed. */
  readonly receiveMs: { readonly health: number; readonly others: number };
  /** Most bytes of incomplete requests that the server holds for one peer. */
  readonly heldBytesMax: number;
}

export const FULL: Scale = {
  connections: 5,
  calls: 900,
  pauseMs: 600,
  messageBytes: 16 * 2 ** 20,
  silent: 1_500,
  connectionsMax: 1_024,
  receiveMs: { health: 5_000, others: 30_000 },
  heldBytesMax: 256 * 2 ** 20,
};

export interface Attack {
  readonly name: string;
  readonly promised: string;
  /** Whether it depends on the methods of a service, so that each service is tried. Default: no. */
  readonly eachService?: boolean;
  /** What was seen, and whether it is what was promised. */
  readonly run: (target: Target, scale: Scale) => Promise<Seen>;
}

export interface Seen {
  readonly text: string;
  readonly ok: boolean;
}

/** Longer waits are shown. */
const SLOW_MS = 1_000;

/** Whether an honest caller is served: health, and a call of the services where one is known to be harmless. */
export async function served(target: Target): Promise<Seen> {
  const asked = performance.now();
  const health = await honestCall(target, HEALTH_CHECK);
  const tookMs = performance.now() - asked;
  const slowly = tookMs > SLOW_MS ? ` in ${(tookMs / 1000).toFixed(1)} s` : '';
  const knows = !target.requiresToken || target.token !== undefined;
  const path = knows ? target.harmless : undefined;
  if (path === undefined) return { ok: health === Code.OK, text: `health ${nameOf(health)}${slowly}` };
  const call = await honestCall(target, path);
  const shut: (number | undefined)[] = [
    Code.RESOURCE_EXHAUSTED,
    Code.UNAVAILABLE,
    Code.UNAUTHENTICATED,
    undefined,
  ];
  return {
    ok: health === Code.OK && !shut.includes(call),
    text: `health ${nameOf(health)}${slowly}, ${path.split('/')[2]!} ${nameOf(call)}`,
  };
}

/** Name of a status code. */
export function nameOf(code: number | undefined): string {
  return (
    Object.entries(Code).find(([, value]) => value === code)?.[0] ??
    (code === undefined ? 'no answer' : `${code}`)
  );
}
