/**
 * The fence of folder/fence.ts on S3: `.claims/<run>/<token>` are empty objects of which the highest counts. A writer
 * leaves its own before it looks for higher ones, so that of two writers at least the lower one sees the other. Nothing
 * on S3 makes the manifest's write depend on another object: a writer that is stopped between look and write may still
 * give an artifact its name. That one is whole, and what its id stands for.
 */
import type { WriterLease } from '../store.js';
import { LEASES, runOf, superseded } from '../fencing.js';
import type { S3Bucket } from './bucket.js';

/** Digits of a uint32, so that names are in the order of numbers. */
const DIGITS = 10;

export class S3Fence {
  /** Tokens that this process has left in the bucket already. */
  private readonly left = new Set<string>();

  constructor(private readonly bucket: S3Bucket) {}

  /**
   * Leaves the token in the bucket, and refuses it with UserError FAILED_PRECONDITION when the run has seen a higher
   * one.
   */
  async pass(key: string, lease: WriterLease): Promise<void> {
    if (lease.fencingToken === 0) return;
    const folder = `${LEASES}/${runOf(key)}/`;
    const own = folder + String(lease.fencingToken).padStart(DIGITS, '0');
    if (!this.left.has(own)) await this.bucket.put(own, new Uint8Array());
    this.left.add(own);
    for await (const { name } of this.bucket.list(folder, { after: own, limit: 1 }))
      throw superseded(key, lease, Number(name.slice(folder.length)));
  }
}
