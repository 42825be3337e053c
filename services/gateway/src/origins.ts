/**
 * Which web pages may call: those of no origin, unless it is named.
 *
 * A browser sends along where a request comes from. A page elsewhere is refused before anything is done, not only kept
 * from reading the answer: a POST of plain text needs no permission from the server to be sent. With --allow-origin the
 * pages of that origin may call and read (CORS). Programs that are no browser send neither header and are not
 * concerned. No cookies: `Access-Control-Allow-Credentials` is never sent.
 */
import { cors } from '@connectrpc/connect';
import { UserError } from '@soar/core';
import type { IncomingMessage, ServerResponse } from '@soar/http-kit';

const ORIGINS_MAX = 64;
/** Browsers keep a permission for at most two hours. */
const KEPT_SECONDS = 7200;
const HEADERS_ALLOWED = [...cors.allowedHeaders, 'Authorization', 'Traceparent', 'Tracestate'].join(', ');
const HEADERS_EXPOSED = [...cors.exposedHeaders, 'Retry-After'].join(', ');

/** The origins of --allow-origin. Throws UserError for one that no browser would send. */
export function readOrigins(text: string): readonly string[] {
  const origins = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (origins.length > ORIGINS_MAX)
    throw new UserError(`gateway: --allow-origin: ${origins.length} origins, at most ${ORIGINS_MAX}`);
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === origin) continue;
    const hint = url !== undefined && /^https?:$/.test(url.protocol) ? `; did you mean ${url.origin}?` : '';
    throw new UserError(
      `gateway: --allow-origin: expected an origin such as https://app.example or http://127.0.0.1:5173, got ` +
        `${JSON.stringify(origin)}${hint}`,
      'INVALID_ARGUMENT',
      'allow-origin',
    );
  }
  return origins;
}

/** Lets the pages of an allowed origin read the answer. Throws PERMISSION_DENIED for any other page. */
export function requireAllowedPage(
  { headers }: IncomingMessage,
  response: ServerResponse,
  allowed: readonly string[],
): void {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (allowed.length > 0) response.setHeader('vary', 'origin');
  if (origin !== undefined && allowed.includes(origin)) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', HEADERS_EXPOSED);
    // Other answers may be read by pages of their own origin alone.
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    return;
  }
  // `none`: typed into the address line.
  if (origin === undefined && (site === undefined || site === 'none' || site === 'same-origin')) return;
  const page = origin === undefined ? 'a page elsewhere' : `pages of ${JSON.stringify(origin.slice(0, 200))}`;
  throw new UserError(
    `${page} may not call this gateway; start it with --allow-origin and the origin of the page`,
    'PERMISSION_DENIED',
    'allow-origin',
  );
}

/** Answers the question that a browser asks before a call; false if the request is none. */
export function answerPreflight({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
  response.writeHead(204, {
    'access-control-allow-methods': cors.allowedMethods.join(', '),
    'access-control-allow-headers': HEADERS_ALLOWED,
    'access-control-max-age': String(KEPT_SECONDS),
  });
  response.end();
  return true;
}
