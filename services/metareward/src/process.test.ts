/** Metareward as a process, as a user starts it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { MetaRewardService } from '@soar/contracts';
import { createClient } from '@soar/grpc-kit';
import { readConfig } from './config.js';
import { stepRequest } from './testing/step-request.js';

const main = new URL('./main.js', import.meta.url).pathname;

function start(...args: string[]): {
  child: ChildProcess;
  ended: Promise<{ code: number | null; log: string }>;
} {
  const child = spawn(process.execPath, [main, '--listen', '127.0.0.1:0', ...args], { timeout: 30_000 });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, log })) };
}

async function addressOf(child: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return (JSON.parse(line) as { address: string }).address;
}

test('a killed metareward continues from its ledger; a second one on the same store is refused', async (t) => {
  const store = await mkdtemp(join(tmpdir(), 'soar-metareward-'));
  t.after(() => rm(store, { recursive: true, force: true }));
  const students = [[1, 2], [0, 1]]; // prettier-ignore
  const first = start('--store', store);
  const client = createClient(MetaRewardService, await addressOf(first.child));
  const { score } = await client.scoreStep(stepRequest({ students }));
  client.close();

  const second = await start('--store', store).ended;
  assert.equal(second.code, 2);
  assert.match(second.log, /metareward: reward ledger .*: another process has it open; stop that one/);

  first.child.kill('SIGKILL');
  await first.ended;
  const third = start('--store', store);
  const again = createClient(MetaRewardService, await addressOf(third.child));
  assert.deepEqual((await again.scoreStep(stepRequest({ students }))).score, score);
  await again.scoreStep(stepRequest({ step: 1, students }));
  again.close();
  third.child.kill('SIGTERM');
  assert.equal((await third.ended).code, 0);
});

test('a store that is not a folder is one line and exit code 2', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'soar-metareward-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'file'), '');
  const { code, log } = await start('--store', join(folder, 'file')).ended;
  assert.equal(code, 2);
  assert.match(log, /^\S+ metareward: reward ledger [^\n]*file[^\n]*\n$/);
});

test('flags win over the environment, which wins over defaults; an unknown flag is named', () => {
  const read = (argv: string[], env: Record<string, string> = {}) => {
    const { serving, store } = readConfig(argv, env);
    return [serving.listen, store];
  };
  assert.deepEqual(read([]), ['127.0.0.1:7104', 'runs']);
  const env = { SOAR_STORE: 'elsewhere', SOAR_LISTEN: '127.0.0.1:1' };
  assert.deepEqual(read(['--store', 'here'], env), ['127.0.0.1:1', 'here']);
  assert.throws(() => readConfig(['--ledger', 'x'], {}), /metareward: Unknown option '--ledger'/);
});
