/**
 * A gRPC server: services, health and reflection on one address, with limits and a bounded drain.
 *
 * Plain text on loopback; anything else needs TLS or an explicit `insecure` (address.ts). A second address can serve
 * only health, in plain text, because a cluster's probes have neither TLS nor tokens. It answers there even while
 * `beforeListen` delays the main address. Not here: signals, the readiness line and exit codes
 * (@soar/service-process).
 */
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { messageOf, UserError } from '@soar/core';
import type { Log } from '@soar/telemetry';
import { quietGrpc } from '../config.js';
import { setMaxListeners } from 'node:events';
import { checkListen, formatAddress, parseAddress } from '../address.js';
import {
  CALLS_MAX_DEFAULT,
  CALLS_PER_SECOND_DEFAULT,
  DRAIN_MS_DEFAULT,
  HEALTH_BOUNDS,
  MESSAGE_BYTES_MAX,
  RECEIVE_MS_MAX,
  REFLECTION_BOUNDS,
} from '../limits.js';
import type { ServerBuild } from '../builds.js';
import { openKnownCallers } from '../security/known-callers.js';
import { type ServerTlsFiles, serverTls } from '../security/tls.js';
import type { Service } from '../service.js';
import { ByteBudget } from './byte-budget.js';
import type { CallEnvironment } from './calls.js';
import { guardedServer, requestBytesMaxHere, type ServiceGroup } from './guarded-server.js';
import { healthService } from './health.js';
import { reflectionServices } from './reflection.js';

/** Settings of a server. */
export interface ServerOptions {
  /** `HOST:PORT`; port 0 takes any free one. */
  listen: string;
  /** The services it offers; health and reflection are added. */
  services: readonly Service[];
  /** Allows plain text on an address that is not loopback. Default false. */
  insecure?: boolean;
  /** Certificates, reloaded when they change. With `clientCa`, clients must present one. Default: plain text. */
  tls?: ServerTlsFiles;
  /**
   * File of bearer tokens, reloaded when it changes; a call must carry one of them, and may then do anything. Only
   * without `callersFile`. Default: no token is required.
   */
  tokenFile?: string;
  /** File of callers with their roles, reloaded when it changes (security/callers.ts). */
  callersFile?: string;
  /**
   * Most calls in flight, streams included, health and reflection apart. Further ones are RESOURCE_EXHAUSTED with
   * RetryInfo, unless a request that is not complete can give way. Default 4096.
   */
  callsMax?: number;
  /** Most connections; beyond it one that serves nothing is closed. Default 1024. */
  connectionsMax?: number;
  /** Longest time for receiving a request, in ms. Default 30,000. */
  receiveMs?: number;
  /** Most bytes of requests that are held at a time; one peer, half of it. Default: an eighth of the memory. */
  requestBytesMax?: number;
  /** Most calls per second from one peer; 0: no limit. Default 2000. */
  callsPerSecond?: number;
  /** `HOST:PORT` that serves only health, in plain text. Default: none; health is served beside the services. */
  health?: string;
  /** Awaited once before the server listens; `health` answers meanwhile. Default: nothing. */
  beforeListen?: () => Promise<void>;
  /** Polling interval for the files of `tls` and `tokenFile`, in ms. Default 2000. */
  pollMs?: number;
  /** How long a stopping server waits for calls in flight, in ms. Default 3000. */
  drainMs?: number;
  /** Largest request, in bytes. Default 16 MiB. */
  messageBytesMax?: number;
  /** What build it is: callers that count on another one are refused. Default: it does not say. */
  build?: ServerBuild;
  /** Writes one log entry, given without a newline at its end. Default: standard error. */
  log?: Log;
}

/** A server that is listening. */
export interface RunningServer {
  /** `HOST:PORT` with the actual port. */
  readonly address: string;
  /** The address of `health`, likewise; absent if not set. */
  readonly healthAddress?: string;
  /** Stops taking calls, lets those in flight finish for `drainMs`, then ends them. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a server. Throws UserError if an address is malformed, not allowed or in use, or a file is unusable. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  quietGrpc();
  const bindTo = checkListen(options.listen, options.tls !== undefined, options.insecure ?? false);
  const draining = new AbortController();
  const ended = new AbortController();
  const listening = new AbortController();
  // Every call in flight adds a listener, and removes it when it ends.
  setMaxListeners(0, draining.signal, ended.signal, listening.signal);
  const log: Log = options.log ?? ((line) => void process.stderr.write(`${line}\n`));
  const env: CallEnvironment = { draining: draining.signal, ended: ended.signal, log, build: options.build };

  const watching = { log, ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }) };
  const tls = options.tls && serverTls(options.tls, watching);
  const known = openKnownCallers({ ...options, certificates: options.tls?.clientCa !== undefined }, watching);
  const { callsPerSecond = CALLS_PER_SECOND_DEFAULT, connectionsMax } = options;
  const budget = new ByteBudget(options.requestBytesMax ?? requestBytesMaxHere());
  const common = { budget, connectionsMax, env };
  const { health, ...others } = groupsOf(options, listening.signal);
  const server = guardedServer({
    groups: [health, ...Object.values(others)],
    admission: { known, callsPerSecond },
    ...common,
  });
  const servers = [server];
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await stopAll(servers, draining, ended, options.drainMs ?? DRAIN_MS_DEFAULT);
    tls?.close();
    known?.close();
  };
  try {
    let healthAddress: string | undefined;
    if (options.health !== undefined) {
      const probed = guardedServer({ groups: [health], admission: { callsPerSecond }, ...common });
      servers.push(probed);
      const healthTo = checkListen(options.health, false, true);
      const healthPort = await bind(probed, healthTo, ServerCredentials.createInsecure(), 'health');
      healthAddress = formatAddress(parseAddress(healthTo).host, healthPort);
    }
    await options.beforeListen?.();
    const port = await bind(server, bindTo, tls?.credentials ?? ServerCredentials.createInsecure(), 'listen');
    listening.abort();
    return {
      address: formatAddress(parseAddress(bindTo).host, port),
      ...(healthAddress === undefined ? {} : { healthAddress }),
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What a server offers, by what shares bounds. */
function groupsOf(
  { services, receiveMs = RECEIVE_MS_MAX, ...bounds }: ServerOptions,
  listening: AbortSignal,
): Record<'offered' | 'health' | 'reflection', ServiceGroup> {
  const descriptors = services.map(({ desc }) => desc);
  const health = healthService(descriptors, listening);
  return {
    offered: {
      services,
      bounds: {
        callsMax: bounds.callsMax ?? CALLS_MAX_DEFAULT,
        messageBytesMax: bounds.messageBytesMax ?? MESSAGE_BYTES_MAX,
        compressed: true,
        receiveMs,
        givesWay: false,
      },
    },
    health: {
      services: [health],
      bounds: { ...HEALTH_BOUNDS, receiveMs: Math.min(receiveMs, HEALTH_BOUNDS.receiveMs) },
    },
    reflection: {
      services: reflectionServices([...descriptors, health.desc]),
      bounds: { ...REFLECTION_BOUNDS, receiveMs },
    },
  };
}

/** Binds and resolves with the port. `flag` gave the address; for messages. */
async function bind(
  server: Server,
  address: string,
  credentials: ServerCredentials,
  flag: string,
): Promise<number> {
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
      reject(new UserError(`${flag} ${address}: ${why}`, 'FAILED_PRECONDITION', flag, { cause: error }));
    });
  });
}

async function stopAll(
  servers: readonly Server[],
  draining: AbortController,
  ended: AbortController,
  drainMs: number,
): Promise<void> {
  draining.abort(new UserError('the server is shutting down', 'UNAVAILABLE'));
  const drained = Promise.all(
    servers.map(
      (server) =>
        new Promise<boolean>((resolve) => server.tryShutdown((error) => resolve(error === undefined))),
    ),
  ).then((all) => all.every(Boolean));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), drainMs);
  });
  const graceful = await Promise.race([drained, late]);
  clearTimeout(timer);
  if (graceful) return;
  // Handlers are notified first and answer UNAVAILABLE, so that callers retry elsewhere. Then the connections close.
  ended.abort(new UserError('the server is shutting down', 'UNAVAILABLE'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const server of servers) server.forceShutdown();
}
