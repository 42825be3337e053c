/**
 * The digest of an image, asked of its registry: the hash of the manifest that the tag means now, which for images of
 * several platforms is the list of them. Computed here, and not believed. Anonymous: for images that anyone may pull.
 * Source: https://github.com/opencontainers/distribution-spec, version 1.1.
 */
import { createHash } from 'node:crypto';
import { messageOf, UserError } from '@soar/core';
import type { Reference } from './reference.js';

const ANSWER_MS_MAX = 30_000;
const MANIFEST_BYTES_MAX = 4 * 2 ** 20;
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** sha256:... of the image. Throws UserError where the registry does not answer, or has no such image. */
export async function digestOf({ registry, repository, tag, written }: Reference): Promise<string> {
  // Plain text on this machine alone, as Docker does.
  const scheme = /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registry) ? 'http' : 'https';
  const url = `${scheme}://${registry}/v2/${repository}/manifests/${tag}`;
  try {
    let answer = await get(url);
    if (answer.status === 401)
      answer = await get(url, await tokenFor(answer.headers.get('www-authenticate') ?? ''));
    if (!answer.ok) throw new Error(`the registry answers ${answer.status}`);
    const manifest = Buffer.from(await answer.arrayBuffer());
    if (manifest.length > MANIFEST_BYTES_MAX) throw new Error(`its manifest has ${manifest.length} bytes`);
    return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : '';
    throw new UserError(
      `${written}: its digest was not found: ${messageOf(error)}${cause}`,
      'UNAVAILABLE',
      written,
    );
  }
}

function get(url: string, token?: string): Promise<Response> {
  const headers = { accept: ACCEPT, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
}

/** A token for whoever asks, from where the registry says. */
async function tokenFor(challenge: string): Promise<string> {
  const parameters = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
  );
  const realm = parameters.get('realm');
  if (!challenge.startsWith('Bearer ') || realm === undefined)
    throw new Error('the registry wants a password');
  const url = new URL(realm);
  for (const name of ['service', 'scope']) {
    const value = parameters.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  if (!answer.ok) throw new Error(`${url.host} gives no token to pull it, but ${answer.status}`);
  const { token, access_token: other } = (await answer.json()) as { token?: string; access_token?: string };
  const given = token ?? other;
  if (given === undefined) throw new Error(`${url.host} gives no token to pull it`);
  return given;
}
