/** `soar runs` against a deployment that is up: a run is listed, paused, resumed, watched and cancelled from outside. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runSoar, startSoar, type Ended, type Started } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { configuration, tinyRun } from './tiny-run.js';

const folder = temporaryFolder();
const store = folder.at('store');
let services: Started;
let coordinator: string;

before(async () => {
  services = startSoar(['up', '--free-ports', '--json', '--workers', '1', '--out', store], 240_000);
  const line = JSON.parse(await services.firstLine) as { addresses: { coordinator: string } };
  coordinator = line.addresses.coordinator;
});

after(async () => {
  services.child.kill('SIGINT');
  await services.ended;
});

const runs = (...args: string[]): Promise<Ended> =>
  runSoar(['runs', ...args, '--coordinator', coordinator], 60_000);

/** A run too long to end by itself within the test. */
function longRun(id: string): Started {
  const args = tinyRun(folder, store, ['--coordinator', coordinator, '--id', id, '--json']);
  folder.write('tiny.yaml', configuration.replace(/outerSteps: \d+/, 'outerSteps: 5000'));
  return startSoar(args, 120_000);
}

test('a run is paused, resumed and cancelled from outside, and whoever watches is told', async () => {
  const watching = longRun('long');
  await watching.firstLine;
  const paused = await runs('pause', 'long');
  assert.equal(paused.code, 0, paused.stderr);
  assert.match((await runs('list')).stdout, /^long\s+PAUSED\s+\d+\/5000/m);

  assert.equal((await runs('resume', 'long')).stdout, 'long: RUNNING\n');
  const cancelled = await runs('cancel', 'long');
  assert.equal(cancelled.code, 0, cancelled.stderr);
  const { code, stderr } = await watching.ended;
  assert.equal(code, 1);
  assert.match(stderr, /^soar: run long is CANCELLED/m);
  const states = (await watching.ended).stdout.match(/RUN_STATE_[A-Z]+/g);
  assert.deepEqual([...new Set(states)], ['RUN_STATE_RUNNING', 'RUN_STATE_PAUSED', 'RUN_STATE_CANCELLED']);
  assert.match((await runs('show', 'long')).stdout, /^long: CANCELLED, \d+ of 5000 outer steps/);
});

test('what a run cannot do in its state is refused', async () => {
  const { code, stderr } = await runs('resume', 'long');
  assert.equal(code, 2);
  assert.match(stderr, /run "long" is cancelled and cannot be resumed/);
  const unknown = await runs('show', 'nowhere');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no run "nowhere"/);
});
