#!/usr/bin/env node
// What npm links as `soar`. It is here before anything is built, as npm links only what exists when it installs.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('soar: not built yet; run `npm run build` in the repository first\n');
  process.exitCode = 2;
}
