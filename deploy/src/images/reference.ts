/**
 * References to container images, [registry/]repository:tag[@digest], as Docker reads them: what has no registry is on
 * Docker Hub. A reference must say which image it means: without a tag, or with `latest`, it means another one
 * each day.
 * Source: https://github.com/distribution/reference
 */
import { UserError } from '@soar/core';

export interface Reference {
  /** Host of the registry's API, with its port. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** As written, without the digest. */
  readonly written: string;
}

const FORM =
  /^(?:(?<host>localhost(?::\d+)?|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?)\/)?(?<path>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*):(?<tag>\w[\w.-]{0,127})(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/** Throws UserError for what is no reference, or one that does not say which image it means. */
export function referenceOf(text: string): Reference {
  const { host, path, tag } = FORM.exec(text)?.groups ?? {};
  if (path === undefined || tag === undefined)
    throw new UserError(`${text}: expected [REGISTRY/]NAME:TAG, such as registry.example/soar:0.1.0`);
  if (tag === 'latest')
    throw new UserError(`${text}: the tag latest means another image each day; name a version`);
  const written = `${host === undefined ? '' : `${host}/`}${path}:${tag}`;
  if (host !== undefined && host !== 'docker.io') return { registry: host, repository: path, tag, written };
  return {
    registry: 'registry-1.docker.io',
    repository: path.includes('/') ? path : `library/${path}`,
    tag,
    written,
  };
}
