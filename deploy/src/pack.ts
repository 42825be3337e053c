/** `npm run pack`: makes soar-<version>.tgz for this platform, in the current folder or in a given one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stagePackage } from './npm-package.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = resolve(process.argv[2] ?? '.');
const staging = mkdtempSync(join(tmpdir(), 'soar-pack-'));
try {
  stagePackage(root, staging);
  const args = ['pack', '--silent', '--pack-destination', out];
  const name = execFileSync('npm', args, { cwd: staging, encoding: 'utf8' }).trim();
  process.stdout.write(`${join(out, name)}\n`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
