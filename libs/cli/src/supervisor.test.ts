/** What the death of a service means for the work of a command. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Supervisor } from './supervisor.js';

const out = mkdtempSync(join(tmpdir(), 'soar-supervisor-'));
after(() => rmSync(out, { recursive: true }));

/** Runs `work` beside a verifier that is killed as it begins. */
const whileVerifierDies = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  Supervisor.during({ names: ['verifier'], out }, ({ pids }, signal) => {
    process.kill(pids['verifier']!, 'SIGKILL');
    return work(signal);
  });

test('work that is done as a service dies is done', async () => {
  assert.equal(await whileVerifierDies(() => sleep(100, 'report')), 'report');
});

test('work that goes on when a service dies is ended, with an error that names it', async () => {
  let ended = false;
  const endless = whileVerifierDies(async (signal) => {
    await once(signal, 'abort');
    ended = true;
  });
  await assert.rejects(endless, /verifier/);
  assert.ok(ended);
});
