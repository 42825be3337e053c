/** Several trainer processes: they share the work, one may be killed in the middle, and the report is the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSoar, startSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { tinyRun } from './tiny-run.js';

const folder = temporaryFolder();

function reportOf(out: string): Record<string, unknown> {
  const text = readFileSync(join(out, 'run', 'report.json'), 'utf8');
  const { timing: _, ...report } = JSON.parse(text) as Record<string, unknown>;
  return report;
}

test('one of two trainers is killed during a run, and the report is that of one trainer', async () => {
  const alone = folder.at('alone');
  const undisturbed = await runSoar(tinyRun(folder, alone, ['--id', 'run']), 120_000);
  assert.equal(undisturbed.code, 0, undisturbed.stderr);

  const shared = folder.at('shared');
  const args = tinyRun(folder, shared, ['--id', 'run', '--trainers', '2', '--json']);
  const { child, ended, firstLine } = startSoar(args, 120_000);
  const { pids, addresses } = JSON.parse(await firstLine) as {
    pids: Record<string, number>;
    addresses: { trainer: string };
  };
  assert.equal(addresses.trainer.split(',').length, 2);
  let killed = false;
  child.stdout!.on('data', (text: Buffer) => {
    // As soon as the first outer step is done.
    if (killed || !text.includes('"step":')) return;
    killed = true;
    process.kill(pids['trainer-2']!, 'SIGKILL');
  });
  const { code, stderr, stdout } = await ended;
  assert.equal(code, 0, stderr);
  assert.ok(killed);
  assert.match(stdout, /"event":"lost","why":"service trainer-2/);
  assert.deepEqual(reportOf(shared), reportOf(alone));
});
