/** HTTP of services that a command has started: a gateway of its own beside them. */
import { UserError } from '@soar/core';
import type { Command } from 'commander';
import { type Beside, during, portOrOff, startBeside } from './beside.js';
import { defaultGatewayPort } from './config.js';
import { type Addresses, allServices } from './supervisor.js';

export interface HttpFlags {
  readonly http?: number | 'off';
  readonly allowOrigin?: readonly string[];
  readonly openai?: boolean;
}

export const OPENAI_HELP =
  "serve chat completions, completions and models as OpenAI's API has them, below /v1 of HTTP";

/** Throws UserError for what needs HTTP where there is none. */
export function requireHttp({ http, openai }: HttpFlags): void {
  if (openai !== true || http !== 'off') return;
  throw new UserError('--openai needs HTTP: leave out --http off', 'INVALID_ARGUMENT', 'openai');
}

/** Adds the flags. */
export function addHttpFlags(command: Command): Command {
  return command
    .option(
      '--http <port|off>',
      `port of HTTP and JSON (default: ${defaultGatewayPort}, or the next free one); off: none`,
      portOrOff,
    )
    .option('--allow-origin <origins...>', 'origins whose pages may call by HTTP: https://app.example')
    .option('--openai', OPENAI_HELP);
}

export interface HttpOptions {
  readonly flags: HttpFlags;
  readonly out: string;
  readonly addresses: Addresses;
  /** Port where the flags name none. */
  readonly port?: number;
  readonly say: (line: string) => void;
}

/** Does `work` with a gateway beside it. `work` gets its address; undefined where there is none. */
export async function withHttp<T>(
  options: HttpOptions,
  signal: AbortSignal,
  work: (url: string | undefined) => Promise<T>,
): Promise<T> {
  return during(options.flags.http === 'off' ? undefined : await start(options, signal), work);
}

function start(
  { flags: { http, allowOrigin, openai }, out, addresses, port = defaultGatewayPort, say }: HttpOptions,
  signal: AbortSignal,
): Promise<Beside | undefined> {
  const asked = http as number | undefined;
  const args = ['--listen', `127.0.0.1:${asked ?? port}`];
  for (const name of allServices) args.push(`--${name}`, addresses[name]);
  if (asked === undefined) args.push('--next-port');
  if (openai === true) args.push('--openai');
  if (allowOrigin !== undefined) args.push('--allow-origin', allowOrigin.join(','));
  return startBeside({ name: 'gateway', what: 'gateway of HTTP', args, out, say }, signal);
}
