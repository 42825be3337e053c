/**
 * Who may look, and whose requests may change something.
 *
 * Off loopback visitors log in with a token of a file and get a session cookie that scripts cannot read. Everywhere, a
 * request that changes something needs the page's own token (CSRF): a random text of this process, which only a page
 * of the same origin can read; and the browser must not say that the request comes from elsewhere.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from '@soar/http-kit';
import { UserError } from '@soar/core';
import { Tokens } from '@soar/grpc-kit';

const COOKIE = 'soar-page';
/** Sessions that are kept; the oldest gives way. */
const SESSIONS_MAX = 256;
/** Wrong tokens a minute, of all visitors together. */
const FAILURES_MAX = 30;
const MINUTE_MS = 60_000;

export class Visitors {
  /** Goes with every request that changes something. */
  readonly csrf = randomBytes(24).toString('base64url');
  private readonly tokens: Tokens | undefined;
  private readonly sessions = new Set<string>();
  private failures: number[] = [];

  /** `tokenFile`: undefined lets everybody look. Throws UserError where it cannot be read. */
  constructor(
    tokenFile: string | undefined,
    private readonly isEncrypted: boolean,
    log: (line: string) => void,
  ) {
    if (tokenFile !== undefined) this.tokens = new Tokens(tokenFile, { log }, 'page-token-file');
  }

  get needLogin(): boolean {
    return this.tokens !== undefined;
  }

  isKnown({ headers }: IncomingMessage): boolean {
    if (this.tokens === undefined) return true;
    const cookies = (headers.cookie ?? '').split(';').map((each) => each.trim());
    if (
      cookies.some(
        (each) => each.startsWith(`${COOKIE}=`) && this.sessions.has(each.slice(COOKIE.length + 1)),
      )
    )
      return true;
    return headers.authorization !== undefined && this.accepts(headers.authorization);
  }

  /** Throws UNAUTHENTICATED. */
  requireKnown(http: IncomingMessage): void {
    if (!this.isKnown(http))
      throw new UserError('log in with a token first: open / in a browser', 'UNAUTHENTICATED');
  }

  /** Starts a session; returns the value of Set-Cookie. Throws UserError for a wrong token. */
  logIn(token: string): string {
    if (!this.accepts(`Bearer ${token}`)) throw new UserError('this token is not known', 'UNAUTHENTICATED');
    const session = randomBytes(24).toString('base64url');
    const [oldest] = this.sessions;
    if (this.sessions.size >= SESSIONS_MAX && oldest !== undefined) this.sessions.delete(oldest);
    this.sessions.add(session);
    return `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict${this.isEncrypted ? '; Secure' : ''}`;
  }

  /** Throws PERMISSION_DENIED unless the request comes from our own page. */
  requireOurPage({ headers }: IncomingMessage): void {
    const site = headers['sec-fetch-site'];
    const origin = headers.origin;
    const isOurs =
      (site === undefined || site === 'same-origin') &&
      (origin === undefined || origin === `${this.isEncrypted ? 'https' : 'http'}://${headers.host}`) &&
      same(String(headers['x-soar-csrf'] ?? ''), this.csrf);
    if (!isOurs)
      throw new UserError('this request does not come from the page; reload it', 'PERMISSION_DENIED');
  }

  close(): void {
    this.tokens?.close();
  }

  private accepts(authorization: string): boolean {
    const now = Date.now();
    this.failures = this.failures.filter((at) => now - at < MINUTE_MS);
    if (this.failures.length >= FAILURES_MAX)
      throw new UserError('too many wrong tokens; try again in a minute', 'RESOURCE_EXHAUSTED');
    if (this.tokens?.accepts(authorization) === true) return true;
    this.failures.push(now);
    return false;
  }
}

function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
