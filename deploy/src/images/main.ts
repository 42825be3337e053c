/**
 * `npm run images`: asks the registries which images the tags in deploy/ mean now, and writes their digests there; `npm
 * run manifests` is next. `npm run images -- REGISTRY/soar:VERSION`: the line for the `images` of an overlay,
 * with the digest of an image that was pushed.
 */
import { fileURLToPath } from 'node:url';
import { UserError } from '@soar/core';
import { pinImages } from './pin.js';
import { referenceOf } from './reference.js';
import { digestOf } from './registry.js';

try {
  const pushed = process.argv.slice(2);
  for (const name of pushed) {
    const reference = referenceOf(name);
    const digest = await digestOf(reference);
    const newName = reference.written.slice(0, -reference.tag.length - 1);
    process.stdout.write(
      `- { name: ${newName.split('/').at(-1)}, newName: ${newName}, digest: '${digest}' }\n`,
    );
  }
  if (pushed.length === 0) {
    const digests = await pinImages(fileURLToPath(new URL('../../', import.meta.url)), digestOf);
    for (const [name, digest] of digests) process.stdout.write(`${name}@${digest}\n`);
    process.stdout.write('written into deploy/; now: npm run manifests\n');
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`images: ${error.message}\n`);
  process.exitCode = 1;
}
