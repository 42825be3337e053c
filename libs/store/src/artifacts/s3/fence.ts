/**
 * Fencing on S3, as in folder/fence.ts: `.claims/<run>/<token>` are empty objects, of which the highest counts. A
 * writer puts its own before it looks for higher ones, so of two writers the one with the lower token sees the other.
 * S3 cannot make the manifest's write conditional on another object: a writer that is paused between check and write
 * may still publish an artifact. That artifact is complete and has the content that its key stands for.
 */
import type { WriterLease } from '../store.js';
import { LEASES, runOf, superseded } from '../fencing.js';
import type { S3Bucket } from './bucket.js';

/** Digits of a uint32, so that names sort like numbers. */
const DIGITS = 10;

export class S3Fence {
  /** Tokens that this process has already put into the bucket. */
  private readonly written = new Set<string>();

  constructor(private readonly bucket: S3Bucket) {}

  /**
   * Puts the token into the bucket. Refuses it with UserError FAILED_PRECONDITION when the run has seen a higher one.
   */
  async pass(key: string, lease: WriterLease): Promise<void> {
    if (lease.fencingToken === 0) return;
    const folder = `${LEASES}/${runOf(key)}/`;
    const own = folder + String(lease.fencingToken).padStart(DIGITS, '0');
    if (!this.written.has(own)) await this.bucket.put(own, new Uint8Array());
    this.written.add(own);
    for await (const { name } of this.bucket.list(folder, { after: own, limit: 1 }))
      throw superseded(key, lease, Number(name.slice(folder.length)));
  }
}
