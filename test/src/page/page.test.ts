/**
 * The live page of the whole system in a real browser: every view of a real run, and a run that is killed and comes
 * back. Hostile texts and thousands of steps are in hostile.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { gone, startSoar, type Started } from '../soar-command.js';
import { labelsServed, queries } from '../grafana/queries.js';
import { temporaryFolder } from '../temporary-folder.js';
import { configuration, tinyRun } from '../tiny-run.js';
import { noBrowser, openBrowser, requireAccessible, requireFits } from './browser.js';

const UP_MS_MAX = 240_000;
const WAIT_MS_MAX = 120_000;

interface Up {
  readonly addresses: { readonly coordinator: string };
  readonly pids: Readonly<Record<string, number>>;
  readonly dashboard: string;
  readonly metrics: Readonly<Record<string, string>>;
}

const folder = temporaryFolder();
const store = folder.at('store');
let services: Started;
let up: Up;
let browser: Browser;
let page: Page;
const wrong: string[] = [];

async function start(...more: string[]): Promise<void> {
  const args = [
    'up',
    '--free-ports',
    '--json',
    '--workers',
    '1',
    '--allow-control',
    '--metrics',
    '--out',
    store,
  ];
  args.push('--completions', folder.at('completions'), ...more);
  services = startSoar(args, UP_MS_MAX);
  up = JSON.parse(await services.firstLine) as Up;
}

before(async () => {
  if (noBrowser !== false) return;
  await start();
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.setDefaultTimeout(WAIT_MS_MAX);
  page.on('pageerror', (error) => wrong.push(error.message));
});

after(async () => {
  await browser?.close();
  services?.child.kill('SIGINT');
  await services?.ended;
});

const open = (hash: string) => page.goto(`${up.dashboard}/${hash}`);

/** Gives the coordinator a run; the command that did may end before it. */
function give(id: string, outerSteps: number): Started {
  const config = configuration.replace(/outerSteps: \d+/, `outerSteps: ${outerSteps}`);
  return startSoar(
    tinyRun(folder, store, ['--coordinator', up.addresses.coordinator, '--id', id, '--json'], config),
    120_000,
  );
}

test('a run appears in the list as it is created, and is shown to its end', { skip: noBrowser }, async () => {
  await open('#/');
  await page.getByText('No run yet.').waitFor();
  const run = give('tiny', 2);
  await page.getByRole('link', { name: /^tiny/ }).click();
  await page.getByText('succeeded').waitFor();
  assert.equal((await run.ended).code, 0, (await run.ended).stderr);
  await page.getByText('step 2 of 2').waitFor();
  await page.getByRole('row', { name: /^promotion questions first \(PQ\)/ }).waitFor();
  for (const name of [
    'Reward of the teacher',
    'Baseline student',
    'What the teacher asks',
    'Quality of proposals',
  ])
    await page.getByRole('img', { name }).waitFor();
});

test('every view is accessible, light and dark, and fits a phone', { skip: noBrowser }, async () => {
  const views = {
    '#/': 'memory for models: ',
    '#/runs/tiny': 'Result on held-out problems',
    '#/runs/tiny/questions/1': 'Dataset 1',
    '#/runs/tiny/students': '2 students, one by one',
    '#/runs/tiny/settings': 'Whole configuration',
  };
  for (const [hash, text] of Object.entries(views)) {
    await open(hash);
    await page.getByText(text).first().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await requireAccessible(page, `${hash} ${colorScheme}`);
    }
    await requireFits(page, hash);
  }
});

/** Labels that Prometheus adds, or that a metric has only while something fails. */
const NOT_SERVED = ['job', 'instance', 'error_type'];

test(
  'what the dashboard and the alerts of Grafana ask is served by those who made a run',
  { skip: noBrowser },
  async () => {
    const texts = await Promise.all(Object.values(up.metrics).map(async (url) => (await fetch(url)).text()));
    const served = labelsServed(texts.join(''));
    for (const { where, asked } of queries())
      for (const { metric, labels } of asked.filter(({ metric: name }) => name !== 'up')) {
        const known = served.get(metric) ?? assert.fail(`${where}: no service has ${metric}`);
        const missing = labels.filter((label) => !known.has(label) && !NOT_SERVED.includes(label));
        assert.deepEqual(missing, [], `${where}: ${metric}`);
      }
  },
);

test('what a student wrote is read with its verdicts', { skip: noBrowser }, async () => {
  await open('#/runs/tiny/students');
  await page.getByText('2 students, one by one').waitFor();
  const written = page.locator('details', { hasText: 'What students wrote' });
  await written.last().locator('summary').click();
  await page
    .getByRole('table', { name: /^Completions of step-1/ })
    .first()
    .waitFor();
  await written.last().getByRole('checkbox', { name: 'evaluation' }).check();
  await page
    .getByRole('table', { name: /^Completions of p101-/ })
    .first()
    .waitFor();
  await requireAccessible(page, 'completions');
  await requireFits(page, 'completions');
});

test('the rewards of a step are computed again from the ledger', { skip: noBrowser }, async () => {
  await open('#/runs/tiny/questions/1');
  await page.getByRole('region', { name: 'Rewards by dataset' }).waitFor();
  await page.getByRole('button', { name: 'Compute them again' }).click();
  await page.getByText('equal, bit for bit').waitFor();
});

test('by the keyboard alone a run is found, opened and paused', { skip: noBrowser }, async () => {
  const run = give('long', 5_000);
  await run.firstLine;
  await open('#/');
  await page.getByRole('link', { name: /^long/ }).waitFor();
  const press = async (key: string, until: string): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press(key);
      const focused = await page.evaluate<string>('document.activeElement?.innerText ?? ""');
      if (focused.startsWith(until)) return;
    }
    assert.fail(`the key ${key} does not lead to ${until}`);
  };
  await press('Tab', 'long');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'long' }).waitFor();
  await press('Tab', 'Pause');
  // The state is shown as soon as it is published, however late the answer to the call: Resume must work by then.
  let letAnswer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (letAnswer = resolve));
  await page.route('**/pause', async (route) => {
    const response = await route.fetch();
    await answered;
    await route.fulfill({ response });
  });
  await page.keyboard.press('Enter');
  await page.getByText('paused').waitFor();
  await page.getByRole('button', { name: 'Resume' }).press('Enter');
  await page.getByText('running').waitFor();
  letAnswer();
  await page.unrouteAll({ behavior: 'wait' });
  run.child.kill('SIGINT');
  await run.ended;
});

test(
  'a run that is killed with everything around it goes on under the same address',
  { skip: noBrowser },
  async () => {
    const stepsDone = async (): Promise<number> => {
      const text = await page
        .getByText(/^step \d+ of 5000$/)
        .first()
        .textContent();
      return Number(/\d+/.exec(text ?? '')![0]);
    };
    await open('#/runs/long');
    await page
      .getByText(/^step [1-9]\d* of 5000$/)
      .first()
      .waitFor();
    const killed = services;
    killed.child.kill('SIGKILL');
    await page.getByText('The server of this page does not answer').waitFor();
    const before = await stepsDone();
    await killed.ended;
    assert.deepEqual(await gone(Object.values(up.pids), WAIT_MS_MAX), []);
    await start('--dashboard', new URL(up.dashboard).port);
    await page.getByText('The server of this page does not answer').waitFor({ state: 'detached' });
    for (let i = 0; (await stepsDone()) <= before; i++) {
      assert.ok(i < 600, `still at step ${before}`);
      await page.waitForTimeout(100);
    }
    await page.getByRole('button', { name: 'Cancel\u2026' }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('cancelled').waitFor();
    assert.deepEqual(wrong, []);
  },
);
