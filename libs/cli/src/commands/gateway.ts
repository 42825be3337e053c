/** `soar gateway`: the calls of services that run already, here or elsewhere, by HTTP and JSON, until Ctrl-C. */
import { readConfig } from '@soar/gateway/dist/config.js';
import { startGateway } from '@soar/gateway/dist/gateway.js';
import { CALL_FLAGS } from '@soar/grpc-kit';
import type { Command } from 'commander';
import { defaultGatewayPort, defaultPorts } from '../config.js';
import { OPENAI_HELP } from '../http-gateway.js';
import { interruptible } from '../interruptible.js';
import { allServices, type ServiceName } from '../supervisor.js';
import { hostAndPort } from './option-parsers.js';

interface GatewayFlags extends Partial<Record<ServiceName, string>> {
  readonly listen?: string;
  readonly allowOrigin?: readonly string[];
  readonly openai?: boolean;
  readonly callersFile?: string;
  readonly guestTokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly tlsClientCert?: string;
  readonly tlsClientKey?: string;
  readonly insecure?: boolean;
}

export function addGateway(program: Command): void {
  const command = program
    .command('gateway')
    .summary('serve the calls of running services by HTTP and JSON')
    .description(
      'Serves every call of running services by HTTP: JSON for curl, Connect and gRPC-Web for browsers. The services ' +
        'decide who may call what, by the token of the caller. "soar up" serves it by itself.',
    );
  for (const name of allServices)
    command.option(
      `--${name} <address>`,
      `address of the ${name} (default: 127.0.0.1:${defaultPorts[name]}); "" serves none`,
    );
  command
    .option(
      '--listen <host:port>',
      `address of HTTP (default: 127.0.0.1:${defaultGatewayPort}, or the next free port)`,
      hostAndPort,
    )
    .option('--allow-origin <origins...>', 'origins whose pages may call: https://app.example')
    .option('--openai', OPENAI_HELP)
    .option('--callers-file <file>', 'callers and roles, as the services have them; required off loopback')
    .option('--guest-token-file <file>', 'token for callers who show none; default: none is lent')
    .option('--tls-cert <file>', 'PEM: its certificate; it is then served by HTTPS')
    .option('--tls-key <file>', 'PEM: key of the certificate');
  for (const name of ['tls-ca', 'tls-client-cert', 'tls-client-key'] as const)
    command.option(`--${name} <file>`, CALL_FLAGS[name]);
  command
    .option('--insecure', 'plain text off loopback, to listen and to pass tokens on; a trusted network')
    .addHelpText(
      'after',
      `
Examples:
  soar gateway
  soar gateway --allow-origin https://app.example http://127.0.0.1:5173
  soar gateway --listen 0.0.0.0:7110 --callers-file callers --tls-cert http.pem --tls-key http.key`,
    )
    .action(serve);
}

async function serve(flags: GatewayFlags): Promise<void> {
  const { exitWithParent: _, ...config } = readConfig(argumentsOf(flags));
  const log = (line: string): void => void process.stderr.write(`soar: ${line}\n`);
  const gateway = await startGateway({ ...config, log });
  process.stdout.write(`call at ${config.tls === undefined ? 'http' : 'https'}://${gateway.address}\n`);
  try {
    await interruptible(
      (signal) =>
        new Promise<never>((__, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        }),
      'the services continue',
    );
  } finally {
    await gateway.stop();
  }
}

/** The flags as the service itself takes them, so that one place reads them. */
function argumentsOf(flags: GatewayFlags): string[] {
  const values = {
    listen: flags.listen ?? `127.0.0.1:${defaultGatewayPort}`,
    ...Object.fromEntries(allServices.map((name) => [name, flags[name]])),
    'allow-origin': flags.allowOrigin?.join(','),
    'callers-file': flags.callersFile,
    'guest-token-file': flags.guestTokenFile,
    'tls-cert': flags.tlsCert,
    'tls-key': flags.tlsKey,
    'tls-ca': flags.tlsCa,
    'tls-client-cert': flags.tlsClientCert,
    'tls-client-key': flags.tlsClientKey,
  };
  return [
    ...Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    ...(flags.listen === undefined ? ['--next-port'] : []),
    ...(flags.openai === true ? ['--openai'] : []),
    ...(flags.insecure === true ? ['--insecure'] : []),
  ];
}
