/**
 * `soar runs` against a running deployment: a run is listed, paused, resumed, watched and cancelled from outside.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runSoar, startSoar, type Ended, type Started } from './soar-command.js';
import { soarSession } from './soar-session.js';
import { temporaryFolder } from './temporary-folder.js';
import { configuration, tinyRun } from './tiny-run.js';

const folder = temporaryFolder();
const store = folder.at('store');
const soar = soarSession();
const UP_MS_MAX = 240_000;
let services: Started;
let coordinator: string;

/** Starts the deployment. */
async function up(...more: string[]): Promise<void> {
  services = startSoar(
    [
      'up',
      '--free-ports',
      '--json',
      '--dashboard',
      'off',
      '--http',
      'off',
      '--workers',
      '1',
      '--out',
      store,
      ...more,
    ],
    UP_MS_MAX,
  );
  const line = JSON.parse(await services.firstLine) as { addresses: { coordinator: string } };
  coordinator = line.addresses.coordinator;
}

before(() => up());

after(async () => {
  services.child.kill('SIGINT');
  await services.ended;
});

const runs = (...args: string[]): Promise<Ended> => soar(['runs', ...args, '--coordinator', coordinator]);

/** A run too long to end by itself within the test. */
function longRun(id: string): Started {
  const args = tinyRun(folder, store, ['--coordinator', coordinator, '--id', id, '--json']);
  folder.write('tiny.yaml', configuration.replace(/outerSteps: \d+/, 'outerSteps: 5000'));
  return startSoar(args, 120_000);
}

test('a run is paused, resumed and cancelled from outside, and a watcher sees each state', async () => {
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

test('an operation that the state of a run does not allow is refused', async () => {
  const { code, stderr } = await runs('resume', 'long');
  assert.equal(code, 2);
  assert.match(stderr, /run "long" is cancelled and cannot be resumed/);
  const unknown = await runs('show', 'nowhere');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no run "nowhere"/);
});

test('an interrupted watch says how to follow the run again, and the run continues', async () => {
  const running = longRun('left');
  await running.firstLine;
  const watching = startSoar(['runs', 'watch', 'left', '--json', '--coordinator', coordinator], 60_000);
  await watching.firstLine;
  watching.child.kill('SIGINT');
  const { code, stderr } = await watching.ended;
  assert.equal(code, 130);
  assert.match(
    stderr,
    /^soar: interrupted; run left continues at 127\.0\.0\.1:\d+; the same command follows it again/m,
  );
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 130);
  assert.match((await runs('show', 'left')).stdout, /^left: RUNNING/);
  assert.equal((await runs('cancel', 'left')).code, 0);
});

test('a run is forked from a finished step', async () => {
  const source = longRun('source');
  await source.firstLine;
  const stepDone = async (): Promise<boolean> =>
    /^source\s+RUNNING\s+[1-9]/m.test((await runs('list')).stdout);
  for (let i = 0; i < 60 && !(await stepDone()); i++)
    await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal((await runs('cancel', 'source')).code, 0);
  await source.ended;
  const forked = await runs('fork', 'source', '--from-step', '1', '--steps', '1');
  assert.equal(forked.stdout, 'source-fork-1: RUNNING\n', forked.stderr);
  const watched = await runs('watch', 'source-fork-1');
  assert.equal(watched.code, 0, watched.stderr);
  assert.match(watched.stdout, /source-fork-1: SUCCEEDED, 1 of 1 outer steps/);
  const refused = await runs('fork', 'source', '--from-step', '4000');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /fork\.from_step: run "source" has done \d+ outer steps/);
});

test('artifacts are listed with what they are kept for, and swept by a stricter policy', async () => {
  const artifacts = (...args: string[]): Promise<Ended> =>
    soar(['artifacts', ...args, '--coordinator', coordinator]);
  const args = tinyRun(folder, store, ['--coordinator', coordinator, '--id', 'all', '--json']);
  folder.write('tiny.yaml', `${configuration}retention: RETENTION_EVERYTHING\n`);
  const run = await runSoar(args, 120_000);
  assert.equal(run.code, 0, run.stderr);

  const listed = await artifacts('list', '--run', 'all');
  assert.match(listed.stdout, /^all\/step-0\/teacher +[\d.]+ [KM]iB +teacher after step 0 of run all$/m);
  assert.match(listed.stdout, /^\d+ artifacts, [\d.]+ MiB; unused: 0 artifacts, 0 B$/m);
  const keys = async (...more: string[]): Promise<string[]> =>
    (await artifacts('list', '--run', 'all', '--json', ...more)).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { checkpoint: { key: string }; keptFor: string[] })
      .filter(({ keptFor }) => keptFor.length > 0)
      .map(({ checkpoint }) => checkpoint.key);
  const [all, results] = [await keys(), await keys('--keep', 'results')];
  const dry = await artifacts('sweep', '--run', 'all', '--keep', 'results', '--dry-run');
  assert.match(dry.stdout, new RegExp(`^would remove ${all.length - results.length} artifacts, `, 'm'));
  assert.deepEqual(await keys(), all, 'a dry run removes nothing');
  const swept = await artifacts('sweep', '--run', 'all', '--keep', 'results', '--json');
  assert.equal((JSON.parse(swept.stdout) as { removed: number }).removed, all.length - results.length);
  assert.deepEqual(await keys(), results);
  assert.ok(results.includes('all/promoted-student'));

  const unknown = await artifacts('sweep', '--run', 'nowhere');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no run or comparison "nowhere"/);
  assert.equal((await artifacts('sweep', '--keep', 'nothing')).code, 2);
});

test('a watcher waits for a coordinator that is restarted', async () => {
  const args = tinyRun(folder, store, ['--coordinator', coordinator, '--id', 'again', '--json']);
  const watching = startSoar(args, 120_000);
  await watching.firstLine;
  services.child.kill('SIGINT');
  await services.ended;
  await up('--coordinator', coordinator.split(':')[1]!);
  const { code, stderr, stdout } = await watching.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /RUN_STATE_SUCCEEDED/);
});
