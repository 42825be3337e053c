/**
 * The images of others that ours is built on or deployed with, and the files that name them. `npm run images` writes
 * their digests into those files: a tag can be moved to another image, a digest cannot.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceOf } from './reference.js';

/** Below deploy/. The manifests are made from the last. */
export const FILES: readonly string[] = ['Containerfile', 'compose.yaml', 'src/tracing.ts'];

/** References in a file that are not to images of our own, without their digests. */
export function imagesIn(text: string): string[] {
  const found = [
    ...text.matchAll(/^ARG [A-Z]+=(\S+)$/gm),
    ...text.matchAll(/^\s+image: ([a-z][^\s,]*)$/gm),
    ...text.matchAll(/^export const [A-Z]+_IMAGE =\s+'([^']+)'/gm),
  ];
  const names = found.map(([, name]) => name!).filter((name) => !name.startsWith('soar:'));
  return [...new Set(names.map((name) => referenceOf(name).written))];
}

/** The text with digests behind these references, in place of those that stood there. */
export function withDigests(text: string, digests: ReadonlyMap<string, string>): string {
  let pinned = text;
  for (const [name, digest] of digests) {
    const literal = name.replace(/[.+/]/g, '\\$&');
    pinned = pinned.replace(
      new RegExp(`${literal}(@sha256:[0-9a-f]{64})?(?=['\\s]|$)`, 'g'),
      `${name}@${digest}`,
    );
  }
  return pinned;
}

/** Asks `digestOf` for each image, and writes all files or none. Resolves with the digests by reference. */
export async function pinImages(
  folder: string,
  digestOf: (reference: ReturnType<typeof referenceOf>) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const texts = FILES.map((file) => [join(folder, file), readFileSync(join(folder, file), 'utf8')] as const);
  const names = [...new Set(texts.flatMap(([, text]) => imagesIn(text)))];
  const digests = new Map<string, string>();
  for (const name of names) digests.set(name, await digestOf(referenceOf(name)));
  for (const [path, text] of texts) writeFileSync(path, withDigests(text, digests));
  return digests;
}
