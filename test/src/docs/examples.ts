/**
 * Runs what a document shows: an `sh` block after `<!-- example: NAME -->` must print the `text` block that follows
 * it, in which `...` stands for anything, as in the doctests of Python. It runs in a folder of links to the
 * repository, so that it finds what a checkout has and leaves nothing in it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { repositoryRoot } from '../repository-root.js';
import type { TemporaryFolder } from '../temporary-folder.js';
import type { Example } from './documents.js';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
/** The gateway in examples; a test that runs them puts its own in the place. */
export const DOCUMENTED_HTTP = 'http://127.0.0.1:7110';

/** Registers a test for each example. */
export function testExamples(examples: readonly Example[], folder: TemporaryFolder): void {
  for (const name of readdirSync(repositoryRoot)) {
    if (name !== '.git' && name !== 'runs') symlinkSync(join(repositoryRoot, name), folder.at(name));
  }
  for (const { path, line, example, text, output } of examples) {
    void test(`${path}:${line}: the example "${example}" prints what the document says`, async () => {
      const options = { cwd: folder.path, timeout: TIMEOUT_MS };
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', text], options);
      if (!matches(stdout.trim(), output.trim())) assert.equal(stdout.trim(), output.trim());
    });
  }
}

/** Whether a text is what was expected, with any text in place of each `...`. */
export function matches(printed: string, expected: string): boolean {
  const literal = expected.split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literal.join('[\\s\\S]*?')}$`).test(printed);
}
