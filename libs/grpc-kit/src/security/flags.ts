/**
 * The flags with which a process proves itself, knows its callers and bounds them: the same names in every service and
 * in the `soar` command, SOAR_<FLAG> in the environment. Only names, help and what goes together; files are opened by
 * whoever serves or calls (server/server.ts, call-credentials.ts).
 */
import { UserError } from '@soar/core';
import type { CallSecurity } from './call-credentials.js';
import type { ServerTlsFiles } from './tls.js';

/** How calls are made: every service that calls another has these, and every command that calls a coordinator. */
export const CALL_FLAGS = {
  'tls-ca': 'PEM: authorities that sign the servers that are called; calls use TLS then',
  'tls-client-cert': 'PEM: certificate that calls show, with its chain',
  'tls-client-key': 'PEM: its key',
  'token-file': 'bearer tokens, one a line: calls carry the first, callers must carry any of them',
} as const;

/** How callers are met: every service has these. */
export const SERVER_FLAGS = {
  'tls-cert': 'PEM: certificate that the server shows, with its chain; it takes TLS alone then',
  'tls-key': 'PEM: its key',
  'tls-client-ca':
    'PEM: authorities that sign clients; a client without a certificate is refused then (mTLS)',
} as const;

type CallFlag = keyof typeof CALL_FLAGS;
type ServerFlag = keyof typeof SERVER_FLAGS;
type Values<Name extends string> = Readonly<Partial<Record<Name, string | undefined>>>;

/**
 * How calls are secured, of flags' values. Throws UserError where one lacks another. `name`: the program, for messages.
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

/** How a server is secured, of flags' values. Throws UserError where one lacks another. */
export function serverSecurity(
  name: string,
  values: Values<ServerFlag | 'token-file'>,
): { tls?: ServerTlsFiles; tokenFile?: string } {
  const cert = values['tls-cert'];
  const key = values['tls-key'];
  const clientCa = values['tls-client-ca'];
  together(name, ['tls-cert', cert], ['tls-key', key]);
  if (clientCa !== undefined && cert === undefined) throw lacks(name, 'tls-client-ca', 'tls-cert');
  const tokenFile = values['token-file'];
  return {
    ...(cert === undefined || key === undefined
      ? {}
      : { tls: { cert, key, ...(clientCa === undefined ? {} : { clientCa }) } }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

type Given = readonly [flag: string, value: string | undefined];

/** Both of two flags, or neither. */
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
