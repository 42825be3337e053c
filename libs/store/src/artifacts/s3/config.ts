/**
 * What the environment says about an S3-compatible artifact store. The only reader of process.env here; credentials,
 * region and profile are read by the AWS SDK itself, under its own names (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_PROFILE,
 * ...).
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@soar/core';

export interface S3Settings {
  /** Address of a server that is not AWS's; buckets are then part of the path, not of the host's name. */
  readonly endpoint?: string;
  /** The region to sign for; absent: what the SDK finds. */
  readonly region?: string;
  /** Longest wait for the answer to one attempt of a call, in ms. */
  readonly answerMs: number;
  /** Folder of the local copies that are read. */
  readonly cacheFolder: string;
  /** Bytes that local copies may take before those that were not used for long are removed. */
  readonly cacheBytesMax: number;
}

/** A part of 8 MiB at 140 kB/s. */
const ANSWER_MS = 60_000;
const CACHE_GIB_DEFAULT = 32;
const CACHE_GIB_MAX = 1_000_000;

/** Reads SOAR_S3_ENDPOINT, SOAR_S3_CACHE and SOAR_S3_CACHE_GIB. Throws UserError on what cannot be meant. */
export function s3Settings(env: NodeJS.ProcessEnv = process.env): S3Settings {
  // The SDK announces which versions of Node its later releases will need; the one that is locked here runs on ours.
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
  // Servers other than AWS's mostly have no regions, but a signature names one.
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
