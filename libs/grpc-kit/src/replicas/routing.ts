/**
 * Which replica of a service a piece of work goes to: rendezvous hashing with bounded loads. Pure.
 *
 * Every key ranks the replicas by a hash of its own; it goes to the first that has not its share of the work already.
 * So a key finds the same replica again, a replica that comes or goes moves few keys, and none gets more than its
 * share, rounded up. Sources: Thaler and Ravishankar (1998); Mirrokni, Thorup and Zadimoghaddam (2018), with a factor
 * of 1.
 */
import { createHash } from 'node:crypto';

/** A replica and the pieces of work it has. */
export interface Loaded {
  readonly address: string;
  readonly inWork: number;
}

/** The replica for `key`. `replicas` is not empty. */
export function route<R extends Loaded>(key: string, replicas: readonly R[]): R {
  const share = Math.ceil((replicas.reduce((sum, { inWork }) => sum + inWork, 0) + 1) / replicas.length);
  const ranked = [...replicas]
    .map((replica) => ({ replica, rank: rankOf(key, replica.address) }))
    .sort((a, b) => b.rank - a.rank);
  // The loads add up to less than the shares, so there is one below its share.
  return (ranked.find(({ replica }) => replica.inWork < share) ?? ranked[0]!).replica;
}

/** 48 bits of SHA-256: a tie is a collision. */
function rankOf(key: string, address: string): number {
  return createHash('sha256').update(`${address}\n${key}`).digest().readUIntBE(0, 6);
}
