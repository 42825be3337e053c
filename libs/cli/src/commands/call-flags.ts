/**
 * How a command reaches a coordinator on another machine: TLS, a client certificate, a bearer token. Flags and
 * environment variables are those of the services. What a command starts by itself is on loopback and takes none of
 * this.
 */
import { UserError } from '@soar/core';
import { CALL_FLAGS, callSecurity, type CallCredentials, openCallCredentials } from '@soar/grpc-kit';
import type { Command } from 'commander';
import { callDefaults } from '../config.js';

/** What commander makes of the flags. */
export interface CallFlags {
  readonly tlsCa?: string;
  readonly tlsClientCert?: string;
  readonly tlsClientKey?: string;
  readonly tokenFile?: string;
  readonly insecure?: boolean;
}

/** Adds the flags; each may also stand in the environment, as SOAR_TLS_CA and so on. */
export function addCallFlags(command: Command): Command {
  for (const [name, help] of Object.entries(CALL_FLAGS)) command.option(`--${name} <file>`, help);
  return command.option('--insecure', 'allow sending the token in plain text, on a trusted network');
}

/**
 * Opens what the flags name, then what the environment names. Throws UserError where one lacks another or cannot be
 * used.
 */
export function openCredentials(flags: CallFlags): CallCredentials {
  const given = { ...callDefaults(), ...withoutAbsent(flagValues(flags)) };
  return openCallCredentials(callSecurity('--coordinator', given, flags.insecure === true));
}

/** Refuses the flags on a command that calls nobody elsewhere. */
export function refuseCallFlags(flags: CallFlags): void {
  const [first] = Object.keys(withoutAbsent(flagValues(flags)));
  const name = first ?? (flags.insecure === true ? 'insecure' : undefined);
  if (name === undefined) return;
  throw new UserError(
    `--${name}: is for a coordinator that is up; give --coordinator, or leave it out`,
    'INVALID_ARGUMENT',
    name,
  );
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
