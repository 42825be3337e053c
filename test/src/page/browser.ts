/** Debian's Chromium for the tests of the live page, driven by Playwright; nothing is downloaded. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

const program = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** Why the tests cannot run here; false where they can. In CI they never are skipped. */
export const noBrowser =
  program === undefined && process.env['CI'] !== 'true'
    ? 'the live page was not tested: there is no chromium in PATH (Debian: apt-get install chromium)'
    : false;

export async function openBrowser(): Promise<Browser> {
  assert.ok(program, 'the live page needs a chromium in PATH');
  // Root has no sandbox in a container; the page is ours.
  return chromium.launch({ executablePath: program, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Requires that axe finds nothing wrong with what the page shows. */
export async function requireAccessible(page: Page, where: string): Promise<void> {
  // Through the debugger, which the page's own policy on scripts does not concern.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  const found = violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
  );
  assert.deepEqual(found, [], where);
}

/** Requires that nothing is wider than the screen. */
export async function requireFits(page: Page, where: string): Promise<void> {
  const [width, needed] = await page.evaluate<[number, number]>(
    '[document.documentElement.clientWidth, document.documentElement.scrollWidth]',
  );
  assert.ok(needed <= width, `${where}: needs ${needed} of ${width} pixels`);
}
