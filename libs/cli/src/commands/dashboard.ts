/** `soar dashboard`: the live page of a coordinator that runs already, here or elsewhere, until Ctrl-C. */
import { readConfig } from '@soar/dashboard/dist/config.js';
import { startDashboard } from '@soar/dashboard/dist/dashboard.js';
import { openCallCredentials } from '@soar/grpc-kit';
import type { Command } from 'commander';
import { defaultCoordinator, defaultDashboardPort } from '../config.js';
import { interruptible } from '../interruptible.js';
import { addCallFlags, callArguments, type CallFlags } from './call-flags.js';
import { hostAndPort } from './option-parsers.js';

interface DashboardFlags extends CallFlags {
  readonly coordinator: string;
  readonly trainer?: string;
  readonly metareward?: string;
  readonly listen?: string;
  readonly completions?: string;
  readonly jaeger?: string;
  readonly allowControl?: boolean;
  readonly pageTokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

export function addDashboard(program: Command): void {
  const command = program
    .command('dashboard')
    .summary('show the runs of a coordinator in a browser')
    .description(
      'Serves a live page of a running coordinator: runs, comparisons, rewards, questions. It only shows, unless ' +
        '--allow-control is given. "soar up", "soar run" and "soar compare" serve one by themselves.',
    )
    .option('--coordinator <host:port>', 'address of the coordinator', hostAndPort, defaultCoordinator())
    .option('--trainer <addresses>', 'its trainers, separated by commas, to follow students as they train')
    .option('--metareward <host:port>', 'its metareward, to show how rewards came about', hostAndPort)
    .option(
      '--listen <host:port>',
      `address of the page (default: 127.0.0.1:${defaultDashboardPort}, or the next free port)`,
      hostAndPort,
    )
    .option(
      '--completions <dir>',
      'folder of --completions of the trainers (jsonl), to show what students wrote',
    )
    .option('--jaeger <url>', 'address of the pages of a Jaeger; the page then links to traces')
    .option('--allow-control', 'let visitors pause, resume and cancel')
    .option(
      '--page-token-file <file>',
      'tokens that visitors log in with, one per line; required off loopback',
    )
    .option('--tls-cert <file>', 'PEM: certificate of the page; it is then served by HTTPS')
    .option('--tls-key <file>', 'PEM: key of the certificate');
  addCallFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  soar dashboard
  soar dashboard --coordinator soar.example:7105 --tls-ca ca.pem --token-file token
  soar dashboard --listen 0.0.0.0:7100 --page-token-file visitors --tls-cert page.pem --tls-key page.key`,
    )
    .action(serve);
}

async function serve(flags: DashboardFlags): Promise<void> {
  const { calling, exitWithParent: _, ...config } = readConfig(argumentsOf(flags));
  const log = (line: string): void => void process.stderr.write(`soar: ${line}\n`);
  const credentials = openCallCredentials(calling, { log });
  try {
    const page = await startDashboard({ ...config, credentials, log });
    process.stdout.write(`watch at ${config.tls === undefined ? 'http' : 'https'}://${page.address}\n`);
    try {
      await interruptible(
        (signal) =>
          new Promise<never>((__, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
          }),
        `the runs at ${flags.coordinator} continue`,
      );
    } finally {
      await page.stop();
    }
  } finally {
    credentials.close();
  }
}

/** The flags as the service itself takes them, so that one place reads them. */
function argumentsOf(flags: DashboardFlags): string[] {
  const values = {
    listen: flags.listen ?? `127.0.0.1:${defaultDashboardPort}`,
    coordinator: flags.coordinator,
    trainer: flags.trainer,
    metareward: flags.metareward,
    completions: flags.completions,
    jaeger: flags.jaeger,
    'page-token-file': flags.pageTokenFile,
    'tls-cert': flags.tlsCert,
    'tls-key': flags.tlsKey,
  };
  return [
    ...Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    ...callArguments(flags),
    ...(flags.listen === undefined ? ['--next-port'] : []),
    ...(flags.allowControl === true ? ['--allow-control'] : []),
  ];
}
