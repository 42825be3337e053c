/**
 * Which replica of a service a piece of work goes to: rendezvous hashing with bounded loads. Pure.
 *
 * Every key ranks the replicas by a hash of key and address, and goes to the first one below its share of the work.
 * So a key keeps its replica, adding or removing a replica moves few keys, and none gets more than its share, rounded
 * up. Sources: Thaler and Ravishankar (1998); Mirrokni, Thorup and Zadimoghaddam (2018), with a factor of 1.
 */
import { createHash } from 'node:crypto';

/** A replica and its load. */
export interface Loaded {
  readonly address: string;
  readonly inFlight: number;
}

/** The replica for `key`. `replicas` is not empty. */
export function route<R extends Loaded>(key: string, replicas: readonly R[]): R {
  const share = Math.ceil((replicas.reduce((sum, { inFlight }) => sum + inFlight, 0) + 1) / replicas.length);
  const ranked = [...replicas]
    .map((replica) => ({ replica, rank: rankOf(key, replica.address) }))
    .sort((a, b) => b.rank - a.rank);
  // The loads sum to less than the shares, so at least one replica is below its share.
  return (ranked.find(({ replica }) => replica.inFlight < share) ?? ranked[0]!).replica;
}

/** 48 bits of SHA-256; ties are as rare as collisions. */
function rankOf(key: string, address: string): number {
  return createHash('sha256').update(`${address}\n${key}`).digest().readUIntBE(0, 6);
}
