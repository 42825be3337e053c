/**
 * Addresses: where a server may listen without encryption, and how a client's address becomes a grpc-js target.
 *
 * Local by default: a plain-text server binds loopback only, unless told `insecure`. Not a resolver: names are resolved
 * by grpc-js.
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

/** Whether packets to `host` stay on this machine. Names other than localhost count as remote: DNS may say anything. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Checks that a server may listen on `address` as it is meant to. Returns it in the form that grpc-js binds. */
export function checkListen(address: string, encrypted: boolean, insecure: boolean): string {
  const { host, port } = parseAddress(address);
  if (!encrypted && !insecure && !isLoopback(host)) {
    throw new UserError(
      `listen ${address}: not a loopback address. Plain text goes there only with --insecure, for a network that is ` +
        'trusted',
      'FAILED_PRECONDITION',
      'listen',
    );
  }
  // localhost may be ::1 as well; one port on one address is what the ready line can name.
  return formatAddress(host === 'localhost' ? '127.0.0.1' : host, port);
}

/** `HOST:PORT`, with brackets around IPv6. */
export function formatAddress(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The name that the certificate of `localhost` carries: its target is an address, as others answer under ::1. */
export function serverNameOf(address: string): string | undefined {
  return /^localhost:\d+$/.test(address.trim()) ? 'localhost' : undefined;
}

/**
 * The grpc-js target of what a user wrote: `HOST:PORT`, `dns:///NAME:PORT` (all addresses of a name, such as a headless
 * Service) or several IP addresses separated by commas. Calls go round robin.
 */
export function clientTarget(address: string): string {
  if (/^(dns|ipv4|ipv6|unix):/.test(address)) return address;
  const parts = address
    .split(',')
    .map((part) => parseAddress(part))
    .map(({ host, port }) => ({ host: host === 'localhost' ? '127.0.0.1' : host, port }));
  for (const { port } of parts) {
    if (port === 0) throw new UserError(`address ${address}: port 0 can be listened on, not called`);
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
