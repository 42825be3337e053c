/** `npm run docs` runs this after the build: writes the documents that are made from the program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';
import { commandReference } from './command-reference.js';

for (const name of Object.keys(process.env).filter((name) => name.startsWith('SOAR_')))
  delete process.env[name];
writeFileSync(join(repositoryRoot, 'docs/commands.md'), commandReference());
