/** The clients of all services behind one gateway: address, token, deadlines. */
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import {
  ComparisonService,
  CoordinatorService,
  MetaRewardService,
  SweepService,
  TeacherService,
  TrainerService,
  VerifierService,
  type WatchComparisonResponse,
  type WatchRunResponse,
} from '@soar/contracts/descriptors';
import { SoarError } from './error.js';
import { withReadableErrors } from './readable-errors.js';
import { watch, type WatchOptions } from './watch.js';

/** As long as the gateway itself gives a call that names no deadline. */
const DEADLINE_MS_DEFAULT = 300_000;

export interface SoarOptions {
  /** Bearer token of the caller, or what returns it for each call. Default: none is sent. */
  readonly token?: string | (() => string | Promise<string>);
  /** Deadline of a call that names none (`timeoutMs`), in ms; streams have none. Default 300,000. */
  readonly deadlineMs?: number;
  /** Allows a token in plain text to an address that is not this machine. Default false. */
  readonly insecure?: boolean;
}

/** The services, and what is built on their methods. Methods take a message, and `{ signal, timeoutMs }`. */
export interface Soar {
  readonly verifier: Client<typeof VerifierService>;
  readonly trainer: Client<typeof TrainerService>;
  readonly teacher: Client<typeof TeacherService>;
  readonly metareward: Client<typeof MetaRewardService>;
  /** Runs. */
  readonly coordinator: Client<typeof CoordinatorService>;
  readonly comparisons: Client<typeof ComparisonService>;
  readonly sweeps: Client<typeof SweepService>;
  /**
   * The events of a run until it has ended, heartbeats left out. Connects again where the connection breaks, and then
   * repeats the present state. Throws SoarError.
   */
  watchRun(id: string, options?: WatchOptions): AsyncIterable<WatchRunResponse>;
  /** The same of a comparison. */
  watchComparison(id: string, options?: WatchOptions): AsyncIterable<WatchComparisonResponse>;
}

/** Clients of the gateway at `url`: http://127.0.0.1:7110. Sends nothing yet. Throws SoarError for a wrong setting. */
export function connect(url: string, options: SoarOptions = {}): Soar {
  const transport = transportTo(url, options);
  const coordinator = createClient(CoordinatorService, transport);
  const comparisons = createClient(ComparisonService, transport);
  return {
    verifier: createClient(VerifierService, transport),
    trainer: createClient(TrainerService, transport),
    teacher: createClient(TeacherService, transport),
    metareward: createClient(MetaRewardService, transport),
    coordinator,
    comparisons,
    sweeps: createClient(SweepService, transport),
    watchRun: (id, watching) =>
      watch(
        (signal) => coordinator.watchRun({ id }, { signal }),
        ({ run }) => run?.state,
        watching,
      ),
    watchComparison: (id, watching) =>
      watch(
        (signal) => comparisons.watchComparison({ id }, { signal }),
        ({ comparison }) => comparison?.state,
        watching,
      ),
  };
}

function transportTo(url: string, { token, deadlineMs, insecure = false }: SoarOptions): Transport {
  const baseUrl = checkUrl(url);
  if (token !== undefined && !insecure && !isPrivate(baseUrl))
    throw SoarError.of(
      `${url}: the token would be sent there in plain text. Use https, or { insecure: true }`,
    );
  const settings = {
    baseUrl: baseUrl.href,
    // What a newer or older gateway does not know is kept in it, and ignored.
    useBinaryFormat: true,
    interceptors: token === undefined ? [] : [withToken(token)],
  };
  const bounded = createConnectTransport({
    ...settings,
    defaultTimeoutMs: deadlineMs ?? DEADLINE_MS_DEFAULT,
  });
  const endless = createConnectTransport(settings);
  return withReadableErrors({ unary: bounded.unary, stream: endless.stream }, baseUrl.host);
}

function checkUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return url;
  throw SoarError.of(
    `expected the address of a gateway, such as http://127.0.0.1:7110; got ${JSON.stringify(text)}`,
  );
}

/** Whether nobody between here and there can read along. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function withToken(token: string | (() => string | Promise<string>)): Interceptor {
  return (next) => async (request) => {
    request.header.set('authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
    return next(request);
  };
}
