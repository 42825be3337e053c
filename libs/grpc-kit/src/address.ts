/**
 * Addresses: where a server may listen without encryption, and how a client's address becomes a grpc-js target.
 *
 * Local by default: a plain-text server binds only loopback unless `insecure` is set. Not a resolver: grpc-js
 * resolves names.
 */
import { UserError } from '@soar/core';
import { isIP } from 'node:net';

/** Host and port of `HOST:PORT` or `[IPv6]:PORT`. Throws UserError INVALID_ARGUMENT. */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/,]+)):(\d{1,5})$/.exec(address.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) {
    throw new UserError(`address ${JSON.stringify(address)}: expected HOST:PORT, for example 127.0.0.1:7102`);
  }
  return { host, port };
}

/** Whether packets to `host` stay on this machine. Names other than localhost count as remote: DNS is not trusted. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Checks that a server may listen on `address`. Returns the form that grpc-js binds. */
export function checkListen(address: string, encrypted: boolean, insecure: boolean): string {
  const { host, port } = parseAddress(address);
  if (!encrypted && !insecure && !isLoopback(host)) {
    throw new UserError(
      `listen ${address}: not a loopback address. Plain text is allowed there only with --insecure, on a trusted ` +
        'network',
      'FAILED_PRECONDITION',
      'listen',
    );
  }
  // localhost may also be ::1, but the ready line names one address.
  return formatAddress(host === 'localhost' ? '127.0.0.1' : host, port);
}

/** `HOST:PORT`, with brackets around IPv6. */
export function formatAddress(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The certificate name to expect of `localhost`; its grpc-js target is an IP address (see `clientTarget`). */
export function serverNameOf(address: string): string | undefined {
  return /^localhost:\d+$/.test(address.trim()) ? 'localhost' : undefined;
}

/**
 * The grpc-js target of an address as users write it: `HOST:PORT`, `dns:///NAME:PORT` (all addresses of a name, such
 * as a headless Service) or several IP addresses separated by commas. Calls go round robin.
 */
export function clientTarget(address: string): string {
  if (/^(dns|ipv4|ipv6|unix):/.test(address)) return address;
  const parts = address
    .split(',')
    .map((part) => parseAddress(part))
    .map(({ host, port }) => ({ host: host === 'localhost' ? '127.0.0.1' : host, port }));
  for (const { port } of parts) {
    if (port === 0)
      throw new UserError(`address ${address}: port 0 is for listening; give the server's port`);
  }
  if (parts.length === 1 && isIP(parts[0]!.host) === 0) return `dns:///${address.trim()}`;
  const family = isIP(parts[0]!.host);
  if (family === 0 || parts.some(({ host }) => isIP(host) !== family)) {
    throw new UserError(
      `address ${address}: a list takes IP addresses of one family; for names use dns:///NAME:PORT`,
    );
  }
  return `ipv${family}:${parts.map(({ host, port }) => formatAddress(host, port)).join(',')}`;
}
