/**
 * Settings of an S3-compatible artifact store, from the environment. The only reader of process.env here. The AWS SDK
 * itself reads credentials, region and profile under its own names (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_PROFILE, ...).
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@soar/core';

export interface S3Settings {
  /** URL of a server other than AWS. Buckets are then part of the path, not of the host name. */
  readonly endpoint?: string;
  /** Region for signatures. Absent: the SDK's own lookup. */
  readonly region?: string;
  /** Timeout of one attempt of a call, in ms. */
  readonly answerMs: number;
  /** Folder of the cache of local copies. */
  readonly cacheFolder: string;
  /** Size of the cache, in bytes; beyond it the least recently used copies are evicted. */
  readonly cacheBytesMax: number;
}

/** Enough for a part of 8 MiB at 140 kB/s. */
const ANSWER_MS = 60_000;
const CACHE_GIB_DEFAULT = 32;
const CACHE_GIB_MAX = 1_000_000;

/** Reads SOAR_S3_ENDPOINT, SOAR_S3_CACHE and SOAR_S3_CACHE_GIB. Throws UserError for invalid values. */
export function s3Settings(env: NodeJS.ProcessEnv = process.env): S3Settings {
  // The SDK warns about the Node versions that its later releases will need; the locked one runs on ours.
  env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const endpoint = env['SOAR_S3_ENDPOINT'] || undefined;
  if (endpoint !== undefined && !/^https?:$/.test(protocolOf(endpoint))) {
    throw new UserError(
      `SOAR_S3_ENDPOINT: expected http://host:port or https://host:port, got ${JSON.stringify(endpoint)}`,
    );
  }
  const gib = env['SOAR_S3_CACHE_GIB'] || String(CACHE_GIB_DEFAULT);
  if (!/^\d+$/.test(gib) || Number(gib) > CACHE_GIB_MAX) {
    throw new UserError(
      `SOAR_S3_CACHE_GIB: expected a whole number up to ${CACHE_GIB_MAX}, got ${JSON.stringify(gib)}`,
    );
  }
  // Other servers mostly have no regions, but a signature needs one.
  const named = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || env['AWS_PROFILE'];
  return {
    ...(endpoint === undefined ? {} : { endpoint, ...(named ? {} : { region: 'us-east-1' }) }),
    answerMs: ANSWER_MS,
    cacheFolder: env['SOAR_S3_CACHE'] || join(tmpdir(), `soar-artifacts-${process.getuid?.() ?? 'of-user'}`),
    cacheBytesMax: Number(gib) * 2 ** 30,
  };
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}
