/**
 * The live page in a real browser against a coordinator with hostile texts, thousands of steps, and a habit of going
 * away. The whole system is in page.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RunState } from '@soar/contracts';
import { startDashboard } from '@soar/dashboard/dist/dashboard.js';
import { HOSTILE, StandInCoordinator } from '@soar/dashboard/dist/testing/stand-in-coordinator.js';
import { openCallCredentials } from '@soar/grpc-kit';
import type { Browser, Page } from 'playwright-core';
import { noBrowser, openBrowser, requireAccessible, requireFits } from './browser.js';

const STEPS = 5_000;
const WAIT_MS_MAX = 15_000;
/** Elements of a view, whatever the number of steps. */
const ELEMENTS_MAX = 1_500;

const coordinator = new StandInCoordinator();
let dashboard: Awaited<ReturnType<typeof startDashboard>>;
let browser: Browser;
let page: Page;
const wrong: string[] = [];

before(async () => {
  if (noBrowser !== false) return;
  await coordinator.start();
  coordinator.add('many', STEPS);
  coordinator.add(HOSTILE, 60, RunState.FAILED, HOSTILE);
  dashboard = await startDashboard({
    listen: '127.0.0.1:0',
    nextPort: false,
    insecure: false,
    coordinator: coordinator.address,
    trainers: [],
    allowControl: true,
    streamsMax: 8,
    credentials: openCallCredentials(),
    log: (line) => void wrong.push(line),
  });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.setDefaultTimeout(WAIT_MS_MAX);
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('net::ERR')) wrong.push(message.text());
  });
});

after(async () => {
  await browser?.close();
  await dashboard?.stop();
  await coordinator.stop();
});

const open = (hash: string) => page.goto(`http://${dashboard.address}/${hash}`);
const isHacked = () => page.evaluate<boolean>('"hacked" in globalThis');

test('script in an id, a question, a kind or a failure is text', { skip: noBrowser }, async () => {
  await open('#/');
  await page.getByRole('link', { name: HOSTILE }).click();
  await page.getByRole('heading', { level: 1, name: HOSTILE }).waitFor();
  assert.equal(await page.locator('.failure', { hasText: HOSTILE }).first().textContent(), HOSTILE);
  await page.locator('.kind', { hasText: HOSTILE }).waitFor();
  await requireFits(page, 'the course of a run with a long name');
  await page.getByRole('link', { name: 'Questions' }).click();
  const question = page.getByRole('cell', { name: `What is 1 + 59? ${HOSTILE}` });
  await question.waitFor();
  assert.equal(await question.locator('script, img, style').count(), 0);
  await page.getByRole('cell', { name: `right ${HOSTILE}` }).waitFor();
  await requireFits(page, 'questions');
  await requireAccessible(page, 'questions');
  assert.equal(await isHacked(), false);
  assert.deepEqual(wrong, []);
});

test('five thousand steps are drawn with few elements', { skip: noBrowser }, async () => {
  await open('#/runs/many');
  await page.getByText(`step ${STEPS} of ${2 * STEPS}`).waitFor();
  const elements = await page.evaluate<number>('document.querySelectorAll("*").length');
  const longest = await page.evaluate<number>(
    'Math.max(...[...document.querySelectorAll("path")].map((path) => path.getAttribute("d").length))',
  );
  assert.ok(elements < ELEMENTS_MAX, `${elements} elements`);
  assert.ok(longest < 30_000, `a path of ${longest} characters`);
  await requireAccessible(page, 'the course of a long run');
});

test('the cursor of all charts follows the keyboard, and leads to a step', { skip: noBrowser }, async () => {
  const slider = page.getByRole('slider', { name: /Outer step/ });
  await slider.focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 7; i++) await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Questions and rewards of step 7' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('cell', { name: 'What is 1 + 7? sum' }).waitFor();
  await page.getByText('promoted').waitFor();
});

test('a search reads the steps, newest first, until it has found enough', { skip: noBrowser }, async () => {
  await page.getByRole('searchbox', { name: /Words/ }).fill(`1 + ${STEPS - 3}?`);
  await page.keyboard.press('Enter');
  await page
    .getByRole('table', { name: 'Questions found' })
    .getByText(`What is 1 + ${STEPS - 3}? sum`)
    .waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^1 question found in \d+ steps\.$/).waitFor();
});

test('a coordinator that goes away is said to, and comes back by itself', { skip: noBrowser }, async () => {
  await open('#/runs/many');
  await page.getByText(`step ${STEPS} of`).waitFor();
  const { address } = coordinator;
  await coordinator.stop();
  await page.getByText('The coordinator does not answer').waitFor();
  await page.getByText(`step ${STEPS} of`).waitFor();
  coordinator.add('many', STEPS + 1);
  await coordinator.start(address);
  await page.getByText(`step ${STEPS + 1} of`).waitFor();
  assert.equal(await page.getByText('The coordinator does not answer').count(), 0);
});

test('cancelling asks first, and the keyboard can decline', { skip: noBrowser }, async () => {
  await page.getByRole('button', { name: 'Cancel\u2026' }).press('Enter');
  await page.getByRole('dialog', { name: 'Cancel run many?' }).waitFor();
  await requireAccessible(page, 'the confirmation');
  await page.keyboard.press('Escape');
  assert.deepEqual(coordinator.steered, []);
  await page.getByRole('button', { name: 'Cancel\u2026' }).press('Enter');
  const answered = page.waitForResponse((response) => response.url().endsWith('/cancel'));
  await page.getByRole('button', { name: 'Cancel the run' }).press('Enter');
  assert.equal((await answered).status(), 200);
  assert.deepEqual(coordinator.steered, ['cancelRun many']);
});

test('an id that no run has is said to be unknown', { skip: noBrowser }, async () => {
  await open('#/runs/nothing');
  await page.getByText('there is no run "nothing"').waitFor();
  await requireAccessible(page, 'an unknown run');
});
