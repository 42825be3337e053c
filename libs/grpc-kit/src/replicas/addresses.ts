/**
 * The addresses of a service's replicas: `HOST:PORT`, several separated by commas, or `dns:///NAME:PORT` for every
 * address that the name currently has (a headless Service of Kubernetes).
 */
import { lookup } from 'node:dns/promises';
import { messageOf, UserError } from '@soar/core';
import { formatAddress, parseAddress } from '../address.js';

/** Resolves a name to its current addresses. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The system's resolver, /etc/hosts included. */
const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

export interface ReplicaAddresses {
  /** Whether they may change. */
  readonly dynamic: boolean;
  /** Name that all their certificates carry. Absent: each carries its own host. */
  readonly serverName?: string;
  /** The current HOST:PORT of each, without duplicates. Throws UserError UNAVAILABLE when the name has none. */
  current(): Promise<readonly string[]>;
}

const DNS = /^dns:\/\/\/(.+)$/;

/** Parses an address as users write it. Throws UserError INVALID_ARGUMENT. */
export function replicaAddresses(text: string, resolve: Resolve = systemResolve): ReplicaAddresses {
  const name = DNS.exec(text.trim())?.[1];
  if (name === undefined) {
    const addresses = [...new Set(text.split(',').map((part) => part.trim()))];
    for (const address of addresses) {
      if (parseAddress(address).port === 0)
        throw new UserError(`address ${address}: port 0 is for listening; give the server's port`);
    }
    return { dynamic: false, current: () => Promise.resolve(addresses) };
  }
  const { host, port } = parseAddress(name);
  return {
    dynamic: true,
    serverName: host,
    current: async () => {
      try {
        const found = await resolve(host);
        if (found.length > 0) return [...new Set(found)].sort().map((ip) => formatAddress(ip, port));
      } catch (error) {
        throw new UserError(`${text}: the name cannot be resolved (${messageOf(error)})`, 'UNAVAILABLE');
      }
      throw new UserError(`${text}: the name has no address at the moment`, 'UNAVAILABLE');
    },
  };
}
