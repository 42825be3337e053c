/** However a command ends, it leaves no process and nothing incomplete. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { gone, isRunning, runSoar, startSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { tinyRun } from './tiny-run.js';

const folder = temporaryFolder();

/** `soar up` on free ports, once all services are ready, with their process ids. */
async function up(out: string): Promise<ReturnType<typeof startSoar> & { pids: Record<string, number> }> {
  const started = startSoar(['up', '--free-ports', '--json', '--workers', '1', '--out', out], 120_000);
  const { pids } = JSON.parse(await started.firstLine) as { pids: Record<string, number> };
  assert.equal(Object.keys(pids).length, 5);
  assert.ok(Object.values(pids).every(isRunning));
  return { ...started, pids };
}

test('Ctrl-C stops the five services in order and exits with 130', async () => {
  const { child, ended, pids } = await up(folder.at('interrupted'));
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  assert.equal(code, 130);
  assert.match(stderr, /interrupted; all services were stopped/);
  assert.deepEqual(await gone(Object.values(pids), 0), []);
});

test('a killed command leaves no service behind', async () => {
  const { child, ended, pids } = await up(folder.at('killed'));
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(await gone(Object.values(pids), 15_000), []);
});

test('a service that dies ends the command with its name and stops the others', async () => {
  const { ended, pids } = await up(folder.at('died'));
  process.kill(pids['trainer']!, 'SIGKILL');
  const { code, stderr } = await ended;
  assert.equal(code, 1);
  assert.match(stderr, /service trainer died during the work: it was killed by SIGKILL/);
  assert.doesNotMatch(stderr, /\n\s+at /);
  assert.deepEqual(await gone(Object.values(pids), 0), []);
});

test('a coordinator that dies during a run is named, and the same command resumes the run', async () => {
  const args = tinyRun(folder, folder.at('run'), ['--json', '--workers', '1']);
  const { child, ended, firstLine } = startSoar(args, 120_000);
  const { pids } = JSON.parse(await firstLine) as { pids: Record<string, number> };
  await new Promise<void>((resolve) => {
    let seen = '';
    child.stdout!.on('data', (text: string) => {
      seen += text;
      if (/^\{"step":/m.test(seen)) resolve(); // the first outer step is in the journal
    });
    void ended.then(() => resolve());
  });
  process.kill(pids['coordinator']!, 'SIGKILL');
  const { code, stderr } = await ended;
  assert.equal(code, 1);
  assert.match(stderr, /^soar: service coordinator died during the work: it was killed by SIGKILL/m);
  assert.deepEqual(await gone(Object.values(pids), 0), []);
  const again = await runSoar(args, 120_000);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /"outerStepsDone":2/);
});

test('Ctrl-C ends a pre-training with 130 and leaves no folder', async () => {
  const parent = folder.at('pretraining');
  const { child, ended } = startSoar(['pretrain', '--out', `${parent}/base`]);
  await new Promise((resolve) => child.stderr!.once('data', resolve)); // the first step is done
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /^soar: interrupted/m);
  assert.deepEqual(readdirSync(parent), []);
});

test('an address in use is one message that names service and address', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  try {
    const args = ['up', '--free-ports', '--verifier', String(port), '--out', folder.at('in-use')];
    const { code, stderr } = await runSoar(args);
    assert.equal(code, 2, 'what was given cannot be used');
    assert.match(stderr, /service verifier did not start/);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*in use`, 's'));
    assert.doesNotMatch(stderr, /\n\s+at /);
  } finally {
    server.close();
  }
});
