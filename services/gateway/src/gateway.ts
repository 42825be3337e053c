/**
 * The gateway: clients of the services, and the server of HTTP over them. Every request passes the same gates in this
 * order, by its headers alone: the Host (on loopback), the page that it comes from, its caller and the rate, a slot.
 * Then a route has it. Probes pass the first gate alone. It keeps nothing: any number may stand side by side.
 */
import { UserError } from '@soar/core';
import { Admission, isLoopback, openCallCredentials, openKnownCallers, parseAddress } from '@soar/grpc-kit';
import {
  type IncomingMessage,
  type RunningHttpServer,
  type ServerResponse,
  startHttpServer,
} from '@soar/http-kit';
import { Backends } from './backends.js';
import { CallsInFlight } from './calls.js';
import type { GatewayConfig } from './config.js';
import { openAiRoute } from './openai/openai-route.js';
import { answerPreflight, requireAllowedPage } from './origins.js';
import { answerProbe } from './probe.js';
import { failure } from './rpc/errors.js';
import { rpcRoute } from './rpc/rpc-route.js';
import { type Route, routeOf } from './routes.js';

/** Connections that wait beside those with a call. */
const CONNECTIONS_IDLE_MAX = 256;
/** As long as the services give a request. */
const REQUEST_MS_MAX = 30_000;
const DRAIN_MS = 3_000;

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

export interface GatewayOptions extends Omit<GatewayConfig, 'exitWithParent'> {
  /** Longest time until a request is whole, in ms. Default 30,000. */
  readonly requestMs?: number;
  readonly log: (line: string) => void;
}

/** Starts it. Throws UserError where it may not listen or a setting cannot be used. The services need not be there. */
export async function startGateway(options: GatewayOptions): Promise<RunningHttpServer> {
  requireGuard(options);
  const { log, callersFile, callsMax, callsPerSecond } = options;
  const credentials = openCallCredentials(options.calling, { log });
  // Lines that ask for a certificate are for the services: nobody shows one here.
  const known =
    callersFile === undefined ? undefined : openKnownCallers({ callersFile, certificates: true }, { log });
  const draining = new AbortController();
  let backends: Backends | undefined;
  const close = (): void => {
    backends?.close();
    credentials.close();
    known?.close();
  };
  try {
    backends = new Backends(options.addresses, credentials, options.deadlineMs);
    const routes: readonly Route[] = [
      ...(options.openai ? [openAiRoute(backends, options)] : []),
      rpcRoute(backends, { draining: draining.signal, log }),
    ];
    const admission = new Admission({ known, callsPerSecond });
    const calls = new CallsInFlight(callsMax, draining.signal);
    const server = await startHttpServer({
      ...options,
      connectionsMax: callsMax + CONNECTIONS_IDLE_MAX,
      requestMs: options.requestMs ?? REQUEST_MS_MAX,
      drainMs: DRAIN_MS,
      headers: HEADERS,
      failure,
      answer: async (request, response) => {
        if (answerProbe(request, response, draining.signal)) return;
        await answer({ request, response, routes, admission, calls, options });
      },
    });
    return {
      address: server.address,
      stop: async () => {
        draining.abort();
        await server.stop();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

interface Answering {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly routes: readonly Route[];
  readonly admission: Admission;
  readonly calls: CallsInFlight;
  readonly options: GatewayOptions;
}

async function answer({ request, response, routes, admission, calls, options }: Answering): Promise<void> {
  requireAllowedPage(request, response, options.origins);
  if (answerPreflight(request, response)) return;
  await calls.during(request, response, async (call) => {
    const route = routeOf(routes, call.path);
    try {
      if (call.refusal !== undefined) throw call.refusal;
      const { authorization } = request.headers;
      const peer = request.socket.remoteAddress ?? '';
      admission.admit({ path: call.path, peer, shown: { authorization } });
      await route.handle(call);
    } catch (error) {
      if (response.headersSent || !(error instanceof UserError)) throw error;
      await route.refuse(call, error);
    }
  });
}

/**
 * Off loopback the gateway may stand before services that, on loopback, trust everyone. So it must know its callers
 * itself, or be told that the network is trusted.
 */
function requireGuard({ listen, insecure, callersFile }: GatewayOptions): void {
  if (insecure || callersFile !== undefined || isLoopback(parseAddress(listen).host)) return;
  throw new UserError(
    `listen ${listen}: not a loopback address. Say who may call: give --callers-file; or --insecure, on a trusted ` +
      'network',
    'FAILED_PRECONDITION',
    'listen',
  );
}
