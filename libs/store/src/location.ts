/** Where a store is: a folder, or something behind a protocol. What `--store` and `--artifacts` have in common. */

/** A location that names a protocol; a drive letter (`C:\\runs`) is none. */
const PROTOCOL = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//;

/** The protocol that a location names, in lower case; undefined for a folder. */
export function protocolOf(location: string): string | undefined {
  return PROTOCOL.exec(location)?.[1]?.toLowerCase();
}
