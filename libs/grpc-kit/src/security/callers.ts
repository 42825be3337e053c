/**
 * Who may call a server, and as what: a file with one caller per line, its roles and what it must show.
 *
 *   # roles        credentials
 *   coordinator    cert:coordinator.soar.svc sha256:6b86b273...
 *   operator       a-token-of-at-least-sixteen-characters
 *   reader,trainer cert:dashboard.soar.svc
 *
 * A credential is a bearer token, the SHA-256 of one (then the file holds no secret), or a name that the client's
 * certificate carries. A caller must show all that its line has, and has the roles of every line that it matches. What
 * a role may do is in access.ts. Reloaded when it changes.
 */
import { UserError } from '@soar/core';
import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto';
import { type Role, ROLES } from './access.js';
import { bearerOf, checkToken } from './tokens.js';
import { WatchedFiles, type Watching } from './watched-files.js';

const CALLERS_MAX = 256;
const SHA256 = /^sha256:([0-9a-f]{64})$/;
const CERT = /^cert:([A-Za-z0-9.-]{1,253})$/;

/** What a call shows of its caller. */
export interface Shown {
  /** Its `authorization` header. */
  readonly authorization?: string | undefined;
  /** The certificate of its connection, if an authority of the server's has signed it. */
  readonly certificate?: X509Certificate | undefined;
}

interface Caller {
  readonly roles: readonly Role[];
  readonly tokenSha256?: Buffer;
  readonly certificateNames: readonly string[];
}

/** The callers of a file. */
export class Callers {
  private readonly watched: WatchedFiles<readonly Caller[]>;

  /**
   * `certificates`: whether the server asks for them; a line that needs one is refused otherwise. Throws UserError when
   * the file cannot be read or used.
   */
  constructor(path: string, certificates: boolean, { log, pollMs }: Watching) {
    this.watched = new WatchedFiles({
      files: [{ flag: 'callers-file', path }],
      parse: ([content]) => readCallers(path, content!.toString('utf8'), certificates),
      log,
      ...(pollMs === undefined ? {} : { pollMs }),
    });
  }

  /** The roles of a caller; undefined if it is none of the file's. */
  rolesOf({ authorization, certificate }: Shown): readonly Role[] | undefined {
    const token = createHash('sha256').update(bearerOf(authorization)).digest();
    const matching = this.watched.current.filter(
      ({ tokenSha256, certificateNames }) =>
        (tokenSha256 === undefined || timingSafeEqual(tokenSha256, token)) &&
        certificateNames.every((name) => certificate !== undefined && carries(certificate, name)),
    );
    return matching.length === 0 ? undefined : [...new Set(matching.flatMap(({ roles }) => roles))];
  }

  /** Stops watching the file. */
  close(): void {
    this.watched.close();
  }
}

/** Without wildcards: a certificate for all of a domain is not that of one service in it. */
function carries(certificate: X509Certificate, name: string): boolean {
  return certificate.checkHost(name, { wildcards: false }) !== undefined;
}

function readCallers(path: string, text: string, certificates: boolean): readonly Caller[] {
  const at = `--callers-file ${path}`;
  const callers = text.split('\n').flatMap((line, i): Caller[] => {
    const words = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (words[0] === '') return [];
    return [readCaller(`${at}, line ${i + 1}`, words[0]!, words.slice(1), certificates)];
  });
  if (callers.length === 0)
    throw new UserError(`${at}: names no caller`, 'FAILED_PRECONDITION', 'callers-file');
  if (callers.length > CALLERS_MAX)
    throw new UserError(`${at}: ${callers.length} callers, at most ${CALLERS_MAX}`);
  return callers;
}

function readCaller(
  at: string,
  roles: string,
  credentials: readonly string[],
  certificates: boolean,
): Caller {
  const names: string[] = [];
  const tokens: Buffer[] = [];
  for (const credential of credentials) {
    const [name, sha256] = [CERT.exec(credential)?.[1], SHA256.exec(credential)?.[1]];
    if (name !== undefined) names.push(name);
    else if (sha256 !== undefined) tokens.push(Buffer.from(sha256, 'hex'));
    else if (/^(cert|sha256):/.test(credential)) throw malformed(at, credential);
    else tokens.push(createHash('sha256').update(checkToken(at, credential)).digest());
  }
  if (tokens.length > 1 || tokens.length + names.length === 0) {
    throw new UserError(`${at}: expected one token, or names of a certificate, or both, after the roles`);
  }
  if (names.length > 0 && !certificates) {
    throw new UserError(
      `${at}: cert:${names[0]!} needs --tls-client-ca`,
      'INVALID_ARGUMENT',
      'tls-client-ca',
    );
  }
  return {
    roles: roles.split(',').map((role) => readRole(at, role)),
    ...(tokens[0] === undefined ? {} : { tokenSha256: tokens[0] }),
    certificateNames: names,
  };
}

function readRole(at: string, word: string): Role {
  const role = ROLES.find((it) => it === word);
  if (role !== undefined) return role;
  // A token that was put first by mistake is not shown.
  const shown = word.length < 16 ? ` "${word}"` : '';
  throw new UserError(`${at}: expected roles of ${ROLES.join(', ')}, got another word${shown}`);
}

function malformed(at: string, credential: string): UserError {
  const expected = credential.startsWith('cert:')
    ? 'cert: and a name, as cert:trainer.soar.svc'
    : 'sha256: and 64 hexadecimal digits, lower case';
  return new UserError(`${at}: expected ${expected}`);
}
