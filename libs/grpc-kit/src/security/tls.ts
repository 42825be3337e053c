/**
 * TLS for servers and calls: PEM files, checked when they are read, and grpc-js credentials that follow them. New
 * connections use the current files; open connections are not affected.
 *
 * grpc-js reads changing certificates from a `CertificateProvider` (an experimental interface). Its own file watcher
 * accepts half-written files and then drops every connection. This provider passes on only a certificate and key that
 * match.
 */
import { messageOf, UserError } from '@soar/core';
import type { Log } from '@soar/telemetry';
import { type ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type NamedFile, WatchedFiles, type Watching } from './watched-files.js';

/** Paths of a server's PEM files. */
export interface ServerTlsFiles {
  /** Server certificate, with its chain. */
  readonly cert: string;
  /** Key of the certificate, not encrypted. */
  readonly key: string;
  /** Certificates of the authorities that sign client certificates. With it, clients must present one (mTLS). */
  readonly clientCa?: string;
}

/** Paths of a client's PEM files. */
export interface ClientTlsFiles {
  /** Certificates of the authorities that sign server certificates. */
  readonly ca: string;
  /** Client certificate, with its chain, for servers that require one; only together with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

/** The contents of a set of files. At least one of the two is set. */
interface Identity {
  readonly own?: { readonly certificate: Buffer; readonly privateKey: Buffer };
  readonly ca?: Buffer;
}

/** A server's credentials that follow `files`. Throws UserError for a file that cannot be used. */
export function serverTls(
  files: ServerTlsFiles,
  watching: Watching,
): { credentials: ServerCredentials; close: () => void } {
  const own = { cert: named('tls-cert', files.cert), key: named('tls-key', files.key) };
  const ca = files.clientCa === undefined ? undefined : named('tls-client-ca', files.clientCa);
  const watched = watch(own, ca, watching);
  const provider = providerOf(watched);
  // The declaration names the first two parameters in the wrong order: the server's own certificate comes first.
  const credentials = experimental.createCertificateProviderServerCredentials(
    provider,
    ca === undefined ? null : provider,
    ca !== undefined,
  );
  return { credentials, close: () => watched.close() };
}

/** A certificate with its key, for a server that is not grpc-js's. */
export interface ServerCertificate {
  current(): { readonly cert: Buffer; readonly key: Buffer };
  /** Calls `use` with every new one. */
  onChange(use: (pem: { readonly cert: Buffer; readonly key: Buffer }) => void): void;
  /** Stops watching the files. */
  close(): void;
}

/** The certificate of a server, which follows `files`. Throws UserError for a file that cannot be used. */
export function serverCertificate(
  files: Pick<ServerTlsFiles, 'cert' | 'key'>,
  watching: Watching,
): ServerCertificate {
  const own = { cert: named('tls-cert', files.cert), key: named('tls-key', files.key) };
  const watched = watch(own, undefined, watching);
  const pem = ({ own: both }: Identity) => ({ cert: both!.certificate, key: both!.privateKey });
  return {
    current: () => pem(watched.current),
    onChange: (use) => void watched.onChange((identity) => use(pem(identity))),
    close: () => watched.close(),
  };
}

/** Credentials of channels that follow `files`. Throws UserError for a file that cannot be used. */
export function clientTls(
  files: ClientTlsFiles,
  watching: Watching,
): { credentials: ChannelCredentials; close: () => void } {
  const own =
    files.cert === undefined || files.key === undefined
      ? undefined
      : { cert: named('tls-client-cert', files.cert), key: named('tls-client-key', files.key) };
  const watched = watch(own, named('tls-ca', files.ca), watching);
  const provider = providerOf(watched);
  const credentials = experimental.createCertificateProviderChannelCredentials(
    provider,
    own === undefined ? null : provider,
  );
  return { credentials, close: () => watched.close() };
}

function named(flag: string, path: string): NamedFile {
  return { flag, path };
}

function watch(
  own: { cert: NamedFile; key: NamedFile } | undefined,
  ca: NamedFile | undefined,
  { log, pollMs }: Watching,
): WatchedFiles<Identity> {
  const files = [...(own === undefined ? [] : [own.cert, own.key]), ...(ca === undefined ? [] : [ca])];
  const parse = (contents: readonly Buffer[]): Identity => {
    const rest = [...contents];
    return {
      ...(own === undefined ? {} : { own: readOwn(own.cert, rest.shift()!, own.key, rest.shift()!, log) }),
      ...(ca === undefined ? {} : { ca: readAuthorities(ca, rest.shift()!) }),
    };
  };
  return new WatchedFiles({ files, parse, log, ...(pollMs === undefined ? {} : { pollMs }) });
}

/** A certificate and its key. An expired certificate is accepted, so that its renewal is picked up, and logged. */
function readOwn(
  cert: NamedFile,
  certificate: Buffer,
  key: NamedFile,
  privateKey: Buffer,
  log: Log,
): { certificate: Buffer; privateKey: Buffer } {
  const [leaf] = certificatesOf(cert, certificate);
  if (!leaf!.checkPrivateKey(privateKeyOf(key, privateKey))) {
    throw new UserError(
      `--${key.flag} ${key.path}: is not the key of the certificate ${cert.path} (${subjectOf(leaf!)})`,
      'FAILED_PRECONDITION',
      key.flag,
    );
  }
  try {
    createSecureContext({ cert: certificate, key: privateKey });
  } catch (error) {
    throw new UserError(
      `--${cert.flag} ${cert.path}: cannot be used: ${messageOf(error)}`,
      undefined,
      cert.flag,
      {
        cause: error,
      },
    );
  }
  if (Date.parse(leaf!.validTo) < Date.now()) {
    log(`--${cert.flag} ${cert.path}: expired on ${leaf!.validTo}; peers refuse it. Renew it`, 'warn');
  }
  return { certificate, privateKey };
}

function readAuthorities(file: NamedFile, pem: Buffer): Buffer {
  certificatesOf(file, pem);
  return pem;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates in a PEM file; at least one. */
function certificatesOf({ flag, path }: NamedFile, pem: Buffer): X509Certificate[] {
  const texts = pem.toString('latin1').match(PEM_CERTIFICATE) ?? [];
  try {
    if (texts.length > 0) return texts.map((text) => new X509Certificate(text));
  } catch (error) {
    throw new UserError(
      `--${flag} ${path}: holds a damaged certificate: ${messageOf(error)}`,
      undefined,
      flag,
    );
  }
  throw new UserError(`--${flag} ${path}: holds no certificate; expected PEM, "-----BEGIN CERTIFICATE-----"`);
}

function privateKeyOf({ flag, path }: NamedFile, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const encrypted = pem.includes('ENCRYPTED');
    const what = encrypted
      ? 'is encrypted; give a key without a passphrase, readable by this process alone'
      : 'holds no private key; expected PEM, "-----BEGIN PRIVATE KEY-----"';
    throw new UserError(`--${flag} ${path}: ${what}`, 'INVALID_ARGUMENT', flag, { cause: error });
  }
}

function subjectOf(certificate: X509Certificate): string {
  return (certificate.subject ?? certificate.subjectAltName ?? 'without a name').replaceAll('\n', ', ');
}

/** grpc-js's view of the files: the current value at the next tick, then every new one. */
function providerOf(watched: WatchedFiles<Identity>): experimental.CertificateProvider {
  const followers = new Map<unknown, () => void>();
  const follow = (listener: unknown, notify: (identity: Identity) => void): void => {
    followers.set(listener, watched.onChange(notify));
    // Not at once: a server ignores a value that arrives while it is registering its listener.
    process.nextTick(() => notify(watched.current));
  };
  const leave = (listener: unknown): void => {
    followers.get(listener)?.();
    followers.delete(listener);
  };
  return {
    addCaCertificateListener: (listener) =>
      follow(listener, ({ ca }) => listener(ca === undefined ? null : { caCertificate: ca })),
    removeCaCertificateListener: leave,
    addIdentityCertificateListener: (listener) => follow(listener, ({ own }) => listener(own ?? null)),
    removeIdentityCertificateListener: leave,
  };
}
