/** Parses a location `s3://bucket/prefix`. */
import { UserError } from '@soar/core';

export interface S3Location {
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  /** The location, for messages. */
  readonly url: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/;
const PREFIX_BYTES_MAX = 200;

/** Throws UserError INVALID_ARGUMENT for an invalid bucket or prefix. */
export function parseS3Location(location: string): S3Location {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/i.exec(location) ?? [];
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  if (BUCKET.test(bucket) && PREFIX.test(prefix) && prefix.length <= PREFIX_BYTES_MAX)
    return { bucket, prefix, url: `s3://${bucket}/${prefix}` };
  throw new UserError(
    `artifact store ${JSON.stringify(location.slice(0, 300))}: expected s3://bucket/prefix, the bucket of ` +
      `lower-case letters, digits, '.' and '-', the prefix of segments as in keys, at most ${PREFIX_BYTES_MAX} bytes`,
    'INVALID_ARGUMENT',
    'artifacts',
  );
}
