/** TLS files of a server or a client, read once at the start, so that a wrong path is an error before any call. */
import { messageOf, UserError } from '@soar/core';
import { readFileSync } from 'node:fs';

/** Paths of PEM files. */
export interface TlsFiles {
  /** Own certificate, with its chain. */
  cert: string;
  /** Key of the certificate. */
  key: string;
  /** Certificates of the authority that signs peers. On a server it makes client certificates mandatory (mTLS). */
  ca?: string;
}

/** Contents of the files. Throws UserError FAILED_PRECONDITION naming the file that cannot be read. */
export function readTls(files: TlsFiles): { cert: Buffer; key: Buffer; ca: Buffer | undefined } {
  const read = (path: string, what: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new UserError(
        `TLS ${what} ${path}: cannot be read: ${messageOf(error)}`,
        'FAILED_PRECONDITION',
        what,
      );
    }
  };
  return {
    cert: read(files.cert, 'certificate'),
    key: read(files.key, 'key'),
    ca: files.ca === undefined ? undefined : read(files.ca, 'authority'),
  };
}
