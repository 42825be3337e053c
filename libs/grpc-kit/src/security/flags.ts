/**
 * The flags for TLS and tokens: the same names in every service and in the `soar` command, SOAR_<FLAG> in the
 * environment. Only names, help and which flags need each other; server/server.ts and call-credentials.ts open the
 * files.
 */
import { UserError } from '@soar/core';
import type { CallSecurity } from './call-credentials.js';
import type { ServerTlsFiles } from './tls.js';

/** Flags for calls: of every service that calls another, and of every command that calls a coordinator. */
export const CALL_FLAGS = {
  'tls-ca': 'PEM: authorities that sign the certificates of called servers; turns TLS on for calls',
  'tls-client-cert': 'PEM: client certificate for calls, with its chain',
  'tls-client-key': 'PEM: key of the client certificate',
  'token-file':
    'bearer tokens, one per line: calls send the first; servers without --callers-file accept any of them',
} as const;

/** Flags for serving: of every service. */
export const SERVER_FLAGS = {
  'tls-cert': 'PEM: server certificate, with its chain; the server then accepts only TLS',
  'tls-key': 'PEM: key of the server certificate',
  'tls-client-ca':
    'PEM: authorities that sign client certificates; clients without one are then refused (mTLS)',
  'callers-file':
    'callers, one per line: roles, then a token, sha256:HEX of one, or cert:NAME; others are refused',
} as const;

type CallFlag = keyof typeof CALL_FLAGS;
type ServerFlag = keyof typeof SERVER_FLAGS;
type Values<Name extends string> = Readonly<Partial<Record<Name, string | undefined>>>;

/**
 * How calls are secured, from the values of flags. Throws UserError for a flag without the one it needs. `name`: the
 * program, for messages.
 */
export function callSecurity(name: string, values: Values<CallFlag>, insecure: boolean): CallSecurity {
  const ca = values['tls-ca'];
  const cert = values['tls-client-cert'];
  const key = values['tls-client-key'];
  together(name, ['tls-client-cert', cert], ['tls-client-key', key]);
  if (cert !== undefined && ca === undefined) throw lacks(name, 'tls-client-cert', 'tls-ca');
  const tokenFile = values['token-file'];
  return {
    ...(ca === undefined
      ? {}
      : { tls: { ca, ...(cert === undefined || key === undefined ? {} : { cert, key }) } }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    insecure,
  };
}

/** How a server is secured, from the values of flags. Throws UserError for a flag without the one it needs. */
export function serverSecurity(
  name: string,
  values: Values<ServerFlag | 'token-file'>,
): { tls?: ServerTlsFiles; tokenFile?: string; callersFile?: string } {
  const cert = values['tls-cert'];
  const key = values['tls-key'];
  const clientCa = values['tls-client-ca'];
  together(name, ['tls-cert', cert], ['tls-key', key]);
  if (clientCa !== undefined && cert === undefined) throw lacks(name, 'tls-client-ca', 'tls-cert');
  const tokenFile = values['token-file'];
  const callersFile = values['callers-file'];
  return {
    ...(callersFile === undefined ? {} : { callersFile }),
    ...(cert === undefined || key === undefined
      ? {}
      : { tls: { cert, key, ...(clientCa === undefined ? {} : { clientCa }) } }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

type Given = readonly [flag: string, value: string | undefined];

/** Requires both flags or neither. */
function together(name: string, one: Given, other: Given): void {
  for (const [given, missing] of [
    [one, other],
    [other, one],
  ] as const) {
    if (given[1] !== undefined && missing[1] === undefined) throw lacks(name, given[0], missing[0]);
  }
}

function lacks(name: string, given: string, missing: string): UserError {
  return new UserError(`${name}: --${given} needs --${missing}`, 'INVALID_ARGUMENT', missing);
}
