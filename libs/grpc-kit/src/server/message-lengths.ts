/**
 * Where the messages of a request begin and end: each is a flag (1: compressed), four bytes of length, and that many
 * bytes. Reads the prefixes as the bytes go by, and keeps none of them. grpc-js decodes the messages themselves.
 */
const PREFIX_BYTES = 5;

export class MessageLengths {
  /** Bytes of the message that is not complete yet, its prefix included. */
  partialBytes = 0;
  /** Bytes that it announces, without the prefix. Known after five bytes. */
  announcedBytes = 0;
  /** Whether any message so far was compressed. */
  compressed = false;
  private prefix: number[] = [];
  private rest = 0;

  /** Takes the next bytes. */
  read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.prefix.length < PREFIX_BYTES) {
        this.prefix.push(chunk[at++]!);
        this.partialBytes++;
        if (this.prefix.length === PREFIX_BYTES) this.begin();
      } else {
        const taken = Math.min(this.rest, chunk.length - at);
        at += taken;
        this.rest -= taken;
        this.partialBytes += taken;
      }
      if (this.prefix.length === PREFIX_BYTES && this.rest === 0) {
        this.prefix = [];
        this.partialBytes = 0;
      }
    }
  }

  private begin(): void {
    const [flag, a, b, c, d] = this.prefix as [number, number, number, number, number];
    this.compressed ||= flag !== 0;
    this.announcedBytes = this.rest = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }
}
