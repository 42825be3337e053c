/**
 * A grpc-js server with its services, and the front that guards them. Services come in groups: those of a group share
 * bounds, so that the calls of one group take nothing from another.
 */
import { Server, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { InvariantError } from '@soar/core';
import { totalmem } from 'node:os';
import {
  CONNECTIONS_MAX,
  REQUEST_BYTES_MAX,
  REQUEST_BYTES_MIN,
  REQUEST_MEMORY_SHARE,
  transportOptions,
} from '../limits.js';
import { methodDefinition } from '../methods.js';
import type { Service } from '../service.js';
import { Admission, type AdmissionRules } from './admission.js';
import type { ByteBudget } from './byte-budget.js';
import { adapt, type CallEnvironment } from './calls.js';
import { Connections } from './connections.js';
import { type OfferedMethod, standInFront } from './front.js';
import { type CallBounds, IncomingCalls } from './incoming.js';

/** Services that share bounds. */
export interface ServiceGroup {
  readonly services: readonly Service[];
  readonly bounds: CallBounds;
}

export interface GuardedServerOptions {
  readonly groups: readonly ServiceGroup[];
  readonly admission: AdmissionRules;
  /** Shared by the servers of a process. */
  readonly budget: ByteBudget;
  /** Default 1024. */
  readonly connectionsMax?: number | undefined;
  readonly env: CallEnvironment;
}

/** Makes a server that does not listen yet. */
export function guardedServer({ groups, budget, env, ...rest }: GuardedServerOptions): Server {
  const server = new Server(
    transportOptions(Math.max(...groups.map(({ bounds }) => bounds.messageBytesMax))),
  );
  const methods = new Map<string, OfferedMethod>();
  for (const { services, bounds } of groups) {
    const calls = new IncomingCalls(bounds, budget);
    for (const service of services) {
      for (const { path, requestStream } of addService(server, service, env))
        methods.set(path, { calls, requestStream });
    }
  }
  standInFront(server, {
    admission: new Admission(rest.admission),
    connections: new Connections(rest.connectionsMax ?? CONNECTIONS_MAX),
    methods,
    log: env.log,
  });
  return server;
}

/** Bytes of requests that this process may hold, by its memory. A container's limit counts as its memory. */
export function requestBytesMaxHere(memoryBytes = memoryHere()): number {
  const share = Math.floor(memoryBytes * REQUEST_MEMORY_SHARE);
  return Math.min(REQUEST_BYTES_MAX, Math.max(REQUEST_BYTES_MIN, share));
}

function memoryHere(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

type Offered = Pick<ReturnType<typeof methodDefinition>, 'path' | 'requestStream'>;

function addService(server: Server, { desc, handlers }: Service, env: CallEnvironment): Offered[] {
  const implementation: UntypedServiceImplementation = {};
  for (const method of desc.methods) {
    const handler = handlers[method.localName];
    if (typeof handler !== 'function')
      throw new InvariantError(`${desc.typeName}: no handler ${method.localName}`);
    implementation[method.localName] = adapt(method, handler.bind(handlers), env);
  }
  const definition = Object.fromEntries(
    desc.methods.map((method) => [method.localName, methodDefinition(method)]),
  );
  server.addService(definition, implementation);
  return Object.values(definition);
}
