/** However a command ends, it leaves no process and nothing incomplete. (Killed ones: end-to-end.test.ts.) */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { gone, isRunning, runSoar, startSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();

/** `soar up` on free ports, once all services are ready, with their process ids. */
async function up(
  out: string,
): Promise<ReturnType<typeof startSoar> & { pids: Record<string, number>; http: string }> {
  const started = startSoar(
    ['up', '--free-ports', '--json', '--dashboard', 'off', '--workers', '1', '--out', out],
    120_000,
  );
  const { pids, http } = JSON.parse(await started.firstLine) as {
    pids: Record<string, number>;
    http: string;
  };
  assert.equal(Object.keys(pids).length, 5);
  assert.ok(Object.values(pids).every(isRunning));
  return { ...started, pids, http };
}

test('Ctrl-C stops the five services, and HTTP with them, in order and exits with 130', async () => {
  const { child, ended, pids, http } = await up(folder.at('interrupted'));
  const listed = await fetch(`${http}/soar.coordinator.v1.CoordinatorService/ListRuns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  assert.deepEqual(await listed.json(), { runs: [], nextPageToken: '' });
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  assert.equal(code, 130);
  assert.match(stderr, /interrupted; all services were stopped/);
  assert.deepEqual(await gone(Object.values(pids), 0), []);
  await assert.rejects(fetch(http), /fetch failed/);
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
