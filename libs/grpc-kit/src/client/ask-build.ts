/** Asks services for their builds. One that has no GetBuild, because it is older or somebody else's, has no build. */
import { BuildSchema, type BuildService, create, type UsedBuild, UsedBuildSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import { status as Code } from '@grpc/grpc-js';
import type { ReplicaPool } from '../replicas/pool.js';
import type { CallOptions } from './calls.js';
import type { Client } from './client.js';

/** The build of the service at the other end, whose name is `service`, and those of the services that it uses. */
export async function askBuild(
  client: Client<typeof BuildService>,
  service: string,
  options: CallOptions,
): Promise<UsedBuild[]> {
  const { address } = client;
  try {
    const { build, uses } = await client.getBuild({}, options);
    const { version = '', parts = {}, fingerprint = '' } = build ?? {};
    const own = create(BuildSchema, { service, version, parts, fingerprint });
    return [create(UsedBuildSchema, { address, build: own }), ...uses];
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return [create(UsedBuildSchema, { address, build: { service } })];
  }
}

/** The same of every replica that can be reached, of one at least. Throws UNAVAILABLE if there is none. */
export async function askBuilds(
  replicas: ReplicaPool<typeof BuildService>,
  service: string,
  options: CallOptions,
): Promise<UsedBuild[]> {
  const clients = await replicas.all();
  const asked = await Promise.allSettled(clients.map((client) => askBuild(client, service, options)));
  const failures = asked.flatMap((it) => (it.status === 'rejected' ? [it.reason as Error] : []));
  const severe = failures.find((error) => !isAway(error));
  if (severe !== undefined) throw severe;
  const found = asked.flatMap((it) => (it.status === 'fulfilled' ? it.value : []));
  if (found.length > 0) return found;
  throw failures[0] ?? new UserError(`${service} at ${replicas.address}: no replica is up`, 'UNAVAILABLE');
}

/** A server that lists callers with roles denies what it does not know. */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof UserError)) return false;
  const code = (error.cause as { readonly code?: unknown } | undefined)?.code;
  return code === Code.UNIMPLEMENTED || code === Code.PERMISSION_DENIED;
}

function isAway(error: unknown): boolean {
  return error instanceof UserError && error.reason === 'UNAVAILABLE';
}
