/**
 * Bearer tokens in a file, one per line. A client sends the first; a server without a list of callers (callers.ts)
 * accepts every line, for anything. So a token can be
 * replaced without a refused call: add the new one as the second line everywhere, then make it the first, then remove
 * the old one.
 */
import { UserError } from '@soar/core';
import { createHash, timingSafeEqual } from 'node:crypto';
import { WatchedFiles, type Watching } from './watched-files.js';

const TOKEN_CHARS_MIN = 16;
const TOKEN_CHARS_MAX = 4096;
const TOKENS_MAX = 16;
const SCHEME = /^Bearer +(\S+)$/i;

/** The tokens of a file, reloaded when it changes. */
export class Tokens {
  private readonly watched: WatchedFiles<readonly string[]>;

  /** Throws UserError when the file cannot be read or holds no token. `flag`: what names it, for messages. */
  constructor(path: string, { log, pollMs }: Watching, flag = 'token-file') {
    this.watched = new WatchedFiles({
      files: [{ flag, path }],
      parse: ([content]) => readTokens(`--${flag} ${path}`, content!.toString('utf8')),
      log,
      ...(pollMs === undefined ? {} : { pollMs }),
    });
  }

  /** Value of the `authorization` header of a call. */
  get authorization(): string {
    return `Bearer ${this.watched.current[0]!}`;
  }

  /**
   * Whether a call's `authorization` header carries one of the tokens. Takes the same time whichever one matches.
   */
  accepts(authorization: string): boolean {
    const given = digest(bearerOf(authorization));
    let found = false;
    for (const token of this.watched.current) found = timingSafeEqual(digest(token), given) || found;
    return found;
  }

  /** Stops watching the file. */
  close(): void {
    this.watched.close();
  }
}

/** The token of an `authorization` header; empty if it has none. */
export function bearerOf(authorization: string | undefined): string {
  return SCHEME.exec(authorization ?? '')?.[1] ?? '';
}

/** Hashes have equal lengths, so the comparison does not reveal the token's length. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** `at`: the flag and its file, for messages. */
function readTokens(at: string, text: string): readonly string[] {
  const tokens = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (tokens.length === 0) {
    throw new UserError(`${at}: holds no token. Make one: openssl rand -hex 32`, 'FAILED_PRECONDITION');
  }
  if (tokens.length > TOKENS_MAX) {
    throw new UserError(`${at}: ${tokens.length} tokens, one per line; at most ${TOKENS_MAX}`);
  }
  tokens.forEach((token, i) => checkToken(`${at}: token ${i + 1}`, token));
  return tokens;
}

/** `token`, if it can be one. The message never shows it. */
export function checkToken(at: string, token: string): string {
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= TOKEN_CHARS_MIN && token.length <= TOKEN_CHARS_MAX)
    return token;
  throw new UserError(
    `${at}: expected ${TOKEN_CHARS_MIN} to ${TOKEN_CHARS_MAX} printable ASCII characters without a space, got ` +
      `${token.length} characters. Make one: openssl rand -hex 32`,
  );
}
