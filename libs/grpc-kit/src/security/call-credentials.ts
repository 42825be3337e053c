/**
 * Credentials of calls: TLS and a bearer token, shared by all clients of a process. Opened once, from flags, so that
 * an unusable file is an error before any call. Reloaded when the files change.
 */
import { type ChannelCredentials, credentials, Metadata } from '@grpc/grpc-js';
import { UserError } from '@soar/core';
import { isLoopback, parseAddress } from '../address.js';
import { type ClientTlsFiles, clientTls } from './tls.js';
import { Tokens } from './tokens.js';
import type { Watching } from './watched-files.js';

/** How calls are secured. Default: plain text without a token. */
export interface CallSecurity {
  /** Files for TLS; with them, calls use TLS. */
  readonly tls?: ClientTlsFiles;
  /** File of bearer tokens; calls carry the one on its first line. */
  readonly tokenFile?: string;
  /** Whether calls carry the tokens of others (CallOptions.headers): they are kept as one's own is. Default false. */
  readonly forwardsTokens?: boolean;
  /** Allows a token in plain text to an address that is not loopback. Default false. */
  readonly insecure?: boolean;
}

/** Open credentials. */
export interface CallCredentials {
  /** Credentials of a channel to `address`. Throws UserError if a token would be sent there in plain text. */
  channelTo(address: string): ChannelCredentials;
  /** Headers, made anew for each call. */
  metadata(): Metadata;
  /** Stops watching the files. Not needed before a process exits. */
  close(): void;
}

const toStandardError = (line: string): void => void process.stderr.write(`${line}\n`);

/** Reads the files. Throws UserError naming the flag and the file that cannot be used. */
export function openCallCredentials(
  security: CallSecurity = {},
  { log = toStandardError, pollMs }: Partial<Watching> = {},
): CallCredentials {
  const watching: Watching = { log, ...(pollMs === undefined ? {} : { pollMs }) };
  const tls = security.tls === undefined ? undefined : clientTls(security.tls, watching);
  const tokens = security.tokenFile === undefined ? undefined : new Tokens(security.tokenFile, watching);
  return {
    channelTo(address) {
      if (tls !== undefined) return tls.credentials;
      const sent = tokens !== undefined ? 'the token of --token-file' : 'the tokens of callers';
      const sends = tokens !== undefined || security.forwardsTokens === true;
      if (sends && security.insecure !== true && !staysHere(address)) {
        throw new UserError(
          `${address}: ${sent} would be sent there in plain text. Use TLS (--tls-ca), or --insecure on a trusted ` +
            'network',
          'FAILED_PRECONDITION',
        );
      }
      return credentials.createInsecure();
    },
    metadata() {
      const metadata = new Metadata();
      if (tokens !== undefined) metadata.set('authorization', tokens.authorization);
      return metadata;
    },
    close() {
      tls?.close();
      tokens?.close();
    },
  };
}

/** Whether every part of an address is on this machine. */
function staysHere(address: string): boolean {
  if (/^(dns|ipv4|ipv6):/.test(address)) return false;
  if (address.startsWith('unix:')) return true;
  return address.split(',').every((part) => isLoopback(parseAddress(part).host));
}
