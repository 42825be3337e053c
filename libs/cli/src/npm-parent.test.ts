import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const ENDS_MS_MAX = 10_000;
const module = new URL('./interruptible.js', import.meta.url).href;
const program = `import { interruptible } from '${module}';
const alive = setInterval(() => undefined, 1000);
console.log(process.pid);
await interruptible((signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)), 'over')
  .catch(() => clearInterval(alive));`;

/** Starts a command below a shell, as npm does, and kills the shell; the command's process. */
async function withoutItsShell(env: NodeJS.ProcessEnv): Promise<number> {
  const script = '"$0" --input-type=module -e "$1"; true';
  const shell = spawn('sh', ['-c', script, process.execPath, program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  shell.kill('SIGKILL');
  await once(shell, 'exit');
  return Number(line.toString());
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a command that npm started ends when the shell between them is gone', async () => {
  const pid = await withoutItsShell({ PATH: process.env['PATH'], npm_lifecycle_event: 'start' });
  const until = Date.now() + ENDS_MS_MAX;
  while (isRunning(pid) && Date.now() < until) await sleep(50);
  assert.equal(isRunning(pid), false);
});

test('a command that a user left running behind a shell goes on', async () => {
  const pid = await withoutItsShell({ PATH: process.env['PATH'] });
  await sleep(1_500); // it would look three times
  assert.equal(isRunning(pid), true);
  process.kill(pid, 'SIGTERM');
});
