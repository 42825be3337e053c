/** The location of a store: a folder or a URL. Shared by `--store` and `--artifacts`. */

/** A location with a protocol; a drive letter (`C:\\runs`) is not one. */
const PROTOCOL = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//;

/** The protocol of a location, in lower case; undefined for a folder. */
export function protocolOf(location: string): string | undefined {
  return PROTOCOL.exec(location)?.[1]?.toLowerCase();
}
