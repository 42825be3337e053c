/** The pages of reports in a real browser: what fits, what a pointer and a keyboard show, and what a file holds. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type RunReport, runReportFromJson } from '@soar/contracts';
import { comparisonPage, runPage } from '@soar/report-page';
import type { Browser, Page } from 'playwright-core';
import { published, publishedReport, resultsFolder } from '../results/comparison-folder.js';
import { noBrowser, openBrowser, requireAccessible, requireFits } from './browser.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-report-page-'));
const comparison = join(folder, 'comparison.html');
/** With every arm, and as large as reports are: axe would take long. */
const largest = join(folder, 'largest.html');
const run = join(folder, 'run.html');
let browser: Browser;

function publishedRun(): RunReport {
  const file = join(resultsFolder, 'never-learns/tau-0.01-seed-0.report.json.gz');
  return runReportFromJson(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')), file);
}

before(async () => {
  writeFileSync(run, runPage(publishedRun()));
  for (const [file, name] of [
    [comparison, 'seeds-6-to-9'],
    [largest, 'quickstart'],
  ] as const)
    writeFileSync(file, comparisonPage(publishedReport(name), [...published(name).units.values()]));
  if (noBrowser === false) browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page and requires that nothing is logged: no error, and nothing that its policy refused. */
async function withPage(
  file: string,
  { width, colorScheme }: { readonly width: number; readonly colorScheme: 'light' | 'dark' },
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  try {
    const page = await context.newPage();
    const logged: string[] = [];
    page.on('console', (message) => logged.push(message.text()));
    page.on('pageerror', (error) => logged.push(String(error)));
    page.on('dialog', (dialog) => logged.push(`dialog: ${dialog.message()}`));
    await page.goto(pathToFileURL(file).href);
    await act(page);
    assert.deepEqual(logged, []);
  } finally {
    await context.close();
  }
}

/** Texts of figures that stand out of their drawing. */
const CUT = `[...document.querySelectorAll('figure svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1;
  }).map((text) => svg.parentElement.id + ': ' + text.textContent);
})`;
/** Size of the smallest text of a figure on the screen, in pixels. */
const SMALLEST = `Math.min(...[...document.querySelectorAll('figure svg')].map((svg) =>
  12 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))`;

for (const [name, file] of Object.entries({ comparison, largest, run }))
  test(
    `a report (${name}) fits a desktop and a phone, cuts no label, and axe finds nothing`,
    { skip: noBrowser },
    async () => {
      for (const [width, colorScheme] of [
        [1280, 'light'],
        [400, 'dark'],
      ] as const)
        await withPage(file, { width, colorScheme }, async (page) => {
          const where = `${name}, ${width} pixels, ${colorScheme}`;
          await requireFits(page, where);
          assert.deepEqual(await page.evaluate(CUT), [], where);
          assert.ok((await page.evaluate<number>(SMALLEST)) >= 9.5, where);
          if (file !== largest) await requireAccessible(page, where);
        });
    },
  );

test('values are shown under the pointer and by the arrow keys', { skip: noBrowser }, async () => {
  await withPage(run, { width: 1280, colorScheme: 'light' }, async (page) => {
    const figure = page.locator('#fig-reward');
    const svg = figure.locator('svg');
    const tip = figure.locator('.tip');
    await svg.scrollIntoViewIfNeeded();
    const box = (await svg.boundingBox())!;
    await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
    assert.match(await tip.innerText(), /^Outer step 11\nmean\n/);
    await page.mouse.move(0, 0);
    assert.equal(await tip.innerText(), '');
    await svg.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    assert.match(await tip.innerText(), /^Outer step 1\n/);
    await page.keyboard.press('Escape');
    assert.equal(await tip.innerText(), '');
  });
});

test(
  'a figure is saved as an SVG file of its own, in the colours of paper',
  { skip: noBrowser },
  async () => {
    await withPage(run, { width: 1280, colorScheme: 'dark' }, async (page) => {
      const waiting = page.waitForEvent('download');
      await page.locator('#fig-reward button').click();
      const download = await waiting;
      assert.equal(download.suggestedFilename(), 'soar-reward.svg');
      const file = join(folder, 'reward.svg');
      await download.saveAs(file);
      const text = readFileSync(file, 'utf8');
      assert.doesNotMatch(text, /var\(|tabindex|<script/);
      assert.match(text, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.match(text, /fill="#ffffff"/);
      await page.goto(pathToFileURL(file).href);
      assert.ok((await page.locator('text').allTextContents()).includes('moving average'));
    });
  },
);

test('what a model wrote runs nothing', { skip: noBrowser }, async () => {
  const hostile = `</code></script><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>`;
  const report = publishedRun();
  report.runId = hostile;
  for (const step of report.steps) step.kinds = { [hostile]: 1 };
  for (const { questions } of report.promotionQuestions) for (const one of questions) one.question = hostile;
  const file = join(folder, 'hostile.html');
  writeFileSync(file, runPage(report));
  await withPage(file, { width: 1280, colorScheme: 'light' }, async (page) => {
    await page.waitForLoadState('load');
    assert.equal(await page.locator('h1').innerText(), `SOAR: run ${hostile}`);
    assert.equal(await page.locator('img, code script').count(), 0);
  });
});
