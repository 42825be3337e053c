/**
 * A gRPC server: services, health and reflection on one address, with limits and a bounded drain.
 *
 * Plain text on loopback; anything else needs TLS or an explicit `insecure` (address.ts). Not a process: signals, the ready
 * line and exit codes are run-service.ts.
 */
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { InvariantError, messageOf, UserError } from '@soar/core';
import { quietGrpc } from './config.js';
import { setMaxListeners } from 'node:events';
import { adapt, methodDefinition, type CallEnvironment } from './calls.js';
import { checkListen, formatAddress, parseAddress } from './address.js';
import { healthService } from './health.js';
import { DRAIN_MS_DEFAULT, MESSAGE_BYTES_MAX, transportOptions } from './limits.js';
import { reflectionServices } from './reflection.js';
import type { Service } from './service.js';
import { readTls, type TlsFiles } from './tls.js';

/** What a server is made of. */
export interface ServerOptions {
  /** `HOST:PORT`; port 0 takes any free one. */
  listen: string;
  /** What it offers; health and reflection are added. */
  services: readonly Service[];
  /** Allows plain text on an address that is not loopback. Default false. */
  insecure?: boolean;
  /** Certificates. With `ca`, clients must show one that it signed. Default: plain text. */
  tls?: TlsFiles;
  /** How long calls in flight may go on when the server stops, in ms. Default 3000. */
  drainMs?: number;
  /** Largest request, in bytes. Default 16 MiB. */
  messageBytesMax?: number;
  /** Takes one entry of the server's log, without a newline at its end. Default: standard error. */
  log?: (line: string) => void;
}

/** A server that takes calls. */
export interface RunningServer {
  /** `HOST:PORT` with the port it got. */
  readonly address: string;
  /** Stops taking calls, lets those in flight finish for `drainMs`, then ends them. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a server. Throws UserError when the address is malformed, not allowed or in use. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  quietGrpc();
  const bindTo = checkListen(options.listen, options.tls !== undefined, options.insecure ?? false);
  const draining = new AbortController();
  const ended = new AbortController();
  // Every call in flight listens, and stops listening when it ends.
  setMaxListeners(0, draining.signal, ended.signal);
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const env: CallEnvironment = { draining: draining.signal, ended: ended.signal, log };

  const server = new Server(transportOptions(options.messageBytesMax ?? MESSAGE_BYTES_MAX));
  const offered = [...options.services, healthService(options.services.map(({ desc }) => desc))];
  for (const it of [...offered, ...reflectionServices(offered.map(({ desc }) => desc))])
    addService(server, it, env);

  const credentials = options.tls === undefined ? ServerCredentials.createInsecure() : serverTls(options.tls);
  const port = await bind(server, bindTo, credentials);
  let stopping: Promise<void> | undefined;
  return {
    address: formatAddress(parseAddress(bindTo).host, port),
    stop: () => (stopping ??= stop(server, draining, ended, options.drainMs ?? DRAIN_MS_DEFAULT)),
  };
}

function addService(server: Server, { desc, handlers }: Service, env: CallEnvironment): void {
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
}

function serverTls(files: TlsFiles): ServerCredentials {
  const { ca, cert, key } = readTls(files);
  return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], ca !== undefined);
}

async function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) return resolve(port);
      const text = messageOf(error);
      const why = text.includes('EADDRINUSE')
        ? 'the address is in use. Stop what listens there or choose another port (0: any free one)'
        : text.includes('EACCES')
          ? 'no permission to listen there. Choose a port above 1023'
          : text.includes('EADDRNOTAVAIL')
            ? 'this machine does not have that address'
            : text;
      reject(new UserError(`listen ${address}: ${why}`, 'FAILED_PRECONDITION', 'listen', { cause: error }));
    });
  });
}

async function stop(
  server: Server,
  draining: AbortController,
  ended: AbortController,
  drainMs: number,
): Promise<void> {
  draining.abort(new UserError('the server is shutting down', 'UNAVAILABLE'));
  const drained = new Promise<boolean>((resolve) =>
    server.tryShutdown((error) => resolve(error === undefined)),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), drainMs);
  });
  const graceful = await Promise.race([drained, late]);
  clearTimeout(timer);
  if (graceful) return;
  // Handlers learn it first and answer UNAVAILABLE, so that callers retry elsewhere; then the connections go.
  ended.abort(new UserError('the server is shutting down', 'UNAVAILABLE'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  server.forceShutdown();
}
