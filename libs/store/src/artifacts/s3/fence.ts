/**
 * Fencing on S3, as in folder/fence.ts: `.claims/<run>/<token>` are empty objects, of which the highest counts. A
 * writer puts its own before it looks for higher ones, so of two writers the one with the lower token sees the other.
 * S3 cannot make the manifest's write conditional on another object: a writer that is paused between check and write
 * may still publish an artifact. That artifact is complete and has the content that its key stands for.
 */
import type { WriterLease } from '../store.js';
import { ISSUED, LEASES, requireIssued, runOf, superseded } from '../fencing.js';
import type { S3Bucket } from './bucket.js';

/** Digits of a uint32, so that names sort like numbers. */
const DIGITS = 10;

export class S3Fence {
  /** Tokens that this process has already put into the bucket. */
  private readonly written = new Set<string>();
  /** The highest token that was issued, as far as this process has seen. */
  private issued: number | undefined;

  constructor(private readonly bucket: S3Bucket) {}

  /**
   * Puts the token into the bucket. Refuses it with UserError FAILED_PRECONDITION when the run has seen a higher one.
   */
  async pass(key: string, lease: WriterLease): Promise<void> {
    if (lease.fencingToken === 0) return;
    await this.requireIssued(lease);
    const own = await this.write(runOf(key), lease.fencingToken);
    for await (const { name } of this.bucket.list(folderOf(runOf(key)), { after: own, limit: 1 })) {
      const higher = Number(name.slice(name.lastIndexOf('/') + 1));
      // The lowest of the higher ones. If that was never issued, none of them was.
      if (await this.isIssued(higher)) throw superseded(key, lease, higher);
    }
  }

  /** Publishes that `token` was issued. */
  async publish(token: number): Promise<void> {
    await this.write(ISSUED, token);
  }

  async requireIssued(lease: WriterLease): Promise<void> {
    if (!(await this.isIssued(lease.fencingToken))) requireIssued(lease, this.issued);
  }

  /** The highest token that was published; 0 if none was. */
  async highestIssued(): Promise<number> {
    await this.isIssued(Infinity);
    return this.issued ?? 0;
  }

  /** Whether a coordinator was issued `token` or a higher one. The bucket is asked once for each new token. */
  private async isIssued(token: number): Promise<boolean> {
    if (this.issued !== undefined && token <= this.issued) return true;
    const folder = folderOf(ISSUED);
    for await (const { name } of this.bucket.list(folder))
      this.issued = Math.max(this.issued ?? 0, Number(name.slice(folder.length)));
    return this.issued === undefined || token <= this.issued;
  }

  private async write(run: string, token: number): Promise<string> {
    const own = folderOf(run) + String(token).padStart(DIGITS, '0');
    if (!this.written.has(own)) await this.bucket.put(own, new Uint8Array());
    this.written.add(own);
    return own;
  }
}

function folderOf(run: string): string {
  return `${LEASES}/${run}/`;
}
