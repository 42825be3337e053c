/** `npm run wheel [-- FOLDER]`: writes the Python package, soar_rl-<version>-py3-none-any.whl, into a folder. */
import { UserError } from '@soar/core';
import { makeFolders } from '@soar/files';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeWheel } from './wheel.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

try {
  const [folder = '.', ...more] = process.argv.slice(2);
  if (more.length > 0 || folder.startsWith('-'))
    throw new UserError(`expected one folder at most, got ${process.argv.slice(2).join(' ')}`);
  const { name, bytes } = makeWheel(root);
  makeFolders(resolve(folder));
  writeFileSync(join(folder, name), bytes);
  process.stdout.write(`${join(folder, name)}\n`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`wheel: ${error.message}\n`);
  process.exitCode = 2;
}
