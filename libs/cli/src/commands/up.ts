/** `soar up`: the five services on loopback, until Ctrl-C. */
import type { Command } from 'commander';
import { defaultArtifacts, defaultGatewayPort, defaultPorts, defaultStore } from '../config.js';
import { requireDomains } from '../domains/listed-domain.js';
import { requireWritable } from '../files.js';
import { addHttpFlags, type HttpFlags, requireHttp, withHttp } from '../http-gateway.js';
import { addLivePageFlags, type LivePageFlags, withLivePage } from '../live-page.js';
import { type Addresses, allServices, Supervisor, type ServiceName } from '../supervisor.js';
import { formatTable } from '../report-table.js';
import { addComputeFlags, type ComputeFlags } from './compute-flags.js';
import {
  addTrainersFlags,
  ARTIFACTS_HELP,
  COMPLETIONS_HELP,
  hostAndPort,
  completionsFormat,
  wholeNumber,
  STORE_HELP,
} from './option-parsers.js';

type UpFlags = Partial<Record<Exclude<ServiceName, 'verifier'>, number>> &
  ComputeFlags &
  LivePageFlags &
  HttpFlags & {
    /** Its port, or the address of another service whose domains it grades too. */
    readonly verifier?: number | string;
    readonly out: string;
    readonly store?: string;
    readonly artifacts?: string;
    readonly trainers?: number;
    readonly trace?: string;
    readonly metrics?: boolean;
    readonly freePorts?: boolean;
    readonly json?: boolean;
  };

/** Its metrics are at the default port of a service and this. */
const METRICS_PORTS_ABOVE = 100;

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .summary('start the five services and keep them running')
    .description(
      'Starts verifier, trainer, teacher, metareward and coordinator on loopback, prints their addresses and waits. ' +
        'Ctrl-C stops them in order; a second Ctrl-C kills them. If a service dies, the command ends.',
    )
    .option('--out <dir>', 'folder for journal, ledger and artifacts; logs go to <dir>/logs', 'runs')
    .option('--store <location>', STORE_HELP, defaultStore())
    .option('--artifacts <location>', ARTIFACTS_HELP, defaultArtifacts())
    .option('--completions <dir>', COMPLETIONS_HELP)
    .addOption(completionsFormat())
    .option('--trace <file>', 'write the trace spans of all services to a file, as JSON lines')
    .option(
      '--metrics',
      `serve metrics for Prometheus too, ${METRICS_PORTS_ABOVE} ports above those of the services`,
    )
    .option('--free-ports', 'use any free ports instead of the default ones')
    .option('--json', 'print the addresses as one JSON line');
  addTrainersFlags(addComputeFlags(command));
  addPortFlags(command);
  addLivePageFlags(command);
  addHttpFlags(command);
  command
    .addHelpText(
      'after',
      `
Examples:
  soar up                                              # then: soar runs list
  soar up --out /data/soar --workers 8 --trainer 9102
  soar up --verifier 127.0.0.1:7200                    # with the domains of the service there
  curl -d '{}' http://127.0.0.1:${defaultGatewayPort}/soar.coordinator.v1.CoordinatorService/ListRuns
  buf curl --protocol grpc --http2-prior-knowledge --list-services http://127.0.0.1:${defaultPorts.verifier}`,
    )
    .action(async (flags: UpFlags) => {
      requireHttp(flags);
      if (flags.trace !== undefined) requireWritable(flags.trace);
      const free = flags.freePorts === true;
      const { verifier, ...others } = flags;
      const given = { ...others, ...(typeof verifier === 'number' && { verifier }) };
      const domainsFrom = typeof verifier === 'string' ? verifier : undefined;
      if (domainsFrom !== undefined) await requireDomains(domainsFrom);
      const ports = Object.fromEntries(allServices.map((n) => [n, given[n] ?? (free ? 0 : defaultPorts[n])]));
      await Supervisor.during(
        {
          ...flags,
          names: allServices,
          ports,
          domainsFrom,
          traceFile: flags.trace,
          metricsPorts: flags.metrics === true ? metricsPorts(free) : undefined,
          onLoss: (why) => void process.stderr.write(`soar: ${why}\nThe other trainers continue.\n`),
        },
        ({ addresses, pids, metrics }, signal) => {
          const say = (line: string): void => void process.stderr.write(`soar: ${line}\n`);
          const page = { flags, out: flags.out, addresses, say, ...(free && { port: 0 }) };
          return withLivePage(page, signal, (dashboard) =>
            withHttp(page, signal, async (http) => {
              process.stdout.write(announcement(flags, { addresses, pids, metrics, dashboard, http }));
              await new Promise<never>((_, reject) => {
                signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
              });
            }),
          );
        },
      );
    });
}

interface Started {
  readonly addresses: Addresses;
  readonly pids: Readonly<Record<string, number>>;
  /** By name of process; empty without --metrics. */
  readonly metrics: Readonly<Record<string, string>>;
  readonly dashboard: string | undefined;
  readonly http: string | undefined;
}

/** What it prints once everything has started: a table, or one line of JSON. */
function announcement({ json, out, openai, metrics: scraped }: UpFlags, started: Started): string {
  const { metrics, ...up } = started;
  if (json === true) return `${JSON.stringify({ event: 'up', ...up, ...(scraped && { metrics }) })}\n`;
  const { addresses, dashboard, http } = up;
  const rows = [
    ...allServices.map((name) => [name, addresses[name]]),
    ...(http === undefined ? [] : [['HTTP', http]]),
    ...(openai === true && http !== undefined ? [["OpenAI's API", `${http}/v1`]] : []),
    ...inOrder(Object.entries(metrics)).map(([name, url]) => [`${name} metrics`, url]),
  ];
  const watch = dashboard === undefined ? '' : `watch at ${dashboard}\n`;
  return `${formatTable(rows)}\n${watch}Ready. Ctrl-C stops them; logs are in ${out}/logs.\n`;
}

/** As the services are listed; processes of one service by their numbers. */
function inOrder(named: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const place = (name: string): number => allServices.findIndex((service) => name.startsWith(service));
  return [...named].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** Ports of metrics: fixed ones, which a scraper can be told before, or any free ones. */
function metricsPorts(free: boolean): Record<ServiceName, number> {
  const port = (name: ServiceName): number => (free ? 0 : defaultPorts[name] + METRICS_PORTS_ABOVE);
  return Object.fromEntries(allServices.map((name) => [name, port(name)])) as Record<ServiceName, number>;
}

function addPortFlags(command: Command): void {
  command.option(
    '--verifier <port|host:port>',
    `port of the verifier (default: ${defaultPorts.verifier}); or the address of another VerifierService, whose ` +
      'domains it grades too',
    portOrAddress,
  );
  for (const name of allServices.filter((each) => each !== 'verifier')) {
    const more = name === 'trainer' ? '; additional trainers take any free port' : '';
    command.option(
      `--${name} <port>`,
      `port of the ${name} (default: ${defaultPorts[name]})${more}`,
      wholeNumber(0, 65535),
    );
  }
}

/** A port, or HOST:PORT. */
function portOrAddress(text: string): number | string {
  return text.includes(':') ? hostAndPort(text) : wholeNumber(0, 65535)(text);
}
