/**
 * Whom a server knows: the callers of a list, with their roles; without a list, whoever has a token, for anything;
 * without either, everyone.
 */
import { UserError } from '@soar/core';
import { type Role, ROLES } from './access.js';
import { Callers, type Shown } from './callers.js';
import { Tokens } from './tokens.js';
import type { Watching } from './watched-files.js';

export interface KnownCallers {
  /** The roles of a caller; undefined for a stranger. */
  rolesOf(shown: Shown): readonly Role[] | undefined;
  /** What a stranger is told. */
  refusal(shown: Shown): UserError;
  /** Stops watching the files. */
  close(): void;
}

export interface KnownCallersOptions {
  readonly callersFile?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** Whether clients must present a certificate. */
  readonly certificates: boolean;
}

/** Opens the files. Undefined if there is none: every caller may do anything. */
export function openKnownCallers(
  { callersFile, tokenFile, certificates }: KnownCallersOptions,
  watching: Watching,
): KnownCallers | undefined {
  if (callersFile !== undefined) {
    const callers = new Callers(callersFile, certificates, watching);
    return {
      rolesOf: (shown) => callers.rolesOf(shown),
      refusal: ({ authorization, certificate }) => {
        const token = authorization === undefined ? 'no token' : 'its token';
        const what = certificate === undefined ? token : `its certificate and ${token}`;
        const message = `this server does not know the caller: no line of its --callers-file has ${what}`;
        return new UserError(message, 'UNAUTHENTICATED');
      },
      close: () => callers.close(),
    };
  }
  if (tokenFile === undefined) return undefined;
  const tokens = new Tokens(tokenFile, watching);
  return {
    rolesOf: ({ authorization = '' }) => (tokens.accepts(authorization) ? ROLES : undefined),
    refusal: ({ authorization }) =>
      new UserError(
        authorization === undefined
          ? 'this server requires a bearer token; give --token-file'
          : 'this server does not accept the bearer token; check --token-file',
        'UNAUTHENTICATED',
      ),
    close: () => tokens.close(),
  };
}
