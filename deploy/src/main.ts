/** `npm run manifests`: regenerates deploy/kubernetes/. Removes files that are no longer generated. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifests } from './manifests.js';

const deploy = fileURLToPath(new URL('../', import.meta.url));
const folder = join(deploy, 'kubernetes');
const made = manifests(readFileSync(join(deploy, 'collector.yaml'), 'utf8'));
rmSync(folder, { recursive: true, force: true });
for (const [path, text] of made) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
process.stdout.write(`${made.size} files in deploy/kubernetes\n`);
