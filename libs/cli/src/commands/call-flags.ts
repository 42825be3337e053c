/**
 * How calls to a coordinator on another machine are secured: TLS, a client certificate, a bearer token. Flags and
 * environment variables are those of the services. Services that a command starts itself listen on loopback and take
 * none of them.
 */
import { UserError } from '@soar/core';
import { CALL_FLAGS, callSecurity, type CallCredentials, openCallCredentials } from '@soar/grpc-kit';
import type { Command } from 'commander';
import { callDefaults } from '../config.js';

/** The flags as commander parses them. */
export interface CallFlags {
  readonly tlsCa?: string;
  readonly tlsClientCert?: string;
  readonly tlsClientKey?: string;
  readonly tokenFile?: string;
  readonly insecure?: boolean;
}

/** Adds the flags. Each can also be set in the environment, as SOAR_TLS_CA and so on. */
export function addCallFlags(command: Command): Command {
  for (const [name, help] of Object.entries(CALL_FLAGS)) command.option(`--${name} <file>`, help);
  return command.option('--insecure', 'send the token in plain text, over a trusted network');
}

/**
 * Opens the files that the flags name, or else the environment. Throws UserError if a file cannot be used or a flag
 * that another one requires is missing.
 */
export function openCredentials(flags: CallFlags): CallCredentials {
  const given = { ...callDefaults(), ...withoutAbsent(flagValues(flags)) };
  return openCallCredentials(callSecurity('--coordinator', given, flags.insecure === true));
}

/** Refuses the flags on a command that calls no coordinator elsewhere. */
export function refuseCallFlags(flags: CallFlags): void {
  const [first] = Object.keys(withoutAbsent(flagValues(flags)));
  const name = first ?? (flags.insecure === true ? 'insecure' : undefined);
  if (name === undefined) return;
  throw new UserError(
    `--${name}: applies only with --coordinator; give --coordinator or leave the flag out`,
    'INVALID_ARGUMENT',
    name,
  );
}

/** The flags as arguments of a service. */
export function callArguments(flags: CallFlags): string[] {
  return [
    ...Object.entries(withoutAbsent(flagValues(flags))).flatMap(([name, value]) => [`--${name}`, value]),
    ...(flags.insecure === true ? ['--insecure'] : []),
  ];
}

type CallValues = Partial<Record<keyof typeof CALL_FLAGS, string>>;

function flagValues(flags: CallFlags): Record<keyof typeof CALL_FLAGS, string | undefined> {
  return {
    'tls-ca': flags.tlsCa,
    'tls-client-cert': flags.tlsClientCert,
    'tls-client-key': flags.tlsClientKey,
    'token-file': flags.tokenFile,
  };
}

function withoutAbsent(values: Readonly<Record<string, string | undefined>>): CallValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
