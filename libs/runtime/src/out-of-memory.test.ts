/** Memory that really runs out: the heap of a worker, and the address space of a process. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UserError } from '@soar/core';
import { ModelPool } from './model-pool.js';
import { outOfMemory } from './out-of-memory.js';
import { settings, tinyFolder } from './testing.fixture.js';

const PROCESS_MS_MAX = 60_000;

test('a worker whose heap is full fails its job with the settings to change, and the next job is done', async (t) => {
  const pool = new ModelPool(settings({ workerHeapMiB: 24 }));
  t.after(() => pool.close());
  const score = (texts: number): Promise<number> =>
    pool.run(async (worker) => {
      await worker.load({ handle: 'tiny', folder: tinyFolder });
      const all = Array.from({ length: texts }, () => Int32Array.of(1, 2, 3));
      return (await worker.score('tiny', all, 1)).length;
    });
  await assert.rejects(
    score(100_000),
    (error) =>
      error instanceof UserError &&
      error.reason === 'RESOURCE_EXHAUSTED' &&
      error.message.startsWith(
        'model worker 0: memory ran out: its JavaScript heap is full. Lower student.rl',
      ),
  );
  assert.equal(await score(2), 2);
});

// It takes address space that WebAssembly reserves, so the limit is set from within.
const skip = spawnSync('prlimit', ['--version']).error === undefined ? false : 'prlimit is not installed';

test(
  'a process without more memory fails what needs it with RESOURCE_EXHAUSTED, and goes on',
  { skip },
  async () => {
    const fixture = fileURLToPath(new URL('./out-of-memory.fixture.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [fixture], { timeout: PROCESS_MS_MAX });
    const { before, failure, after } = JSON.parse(stdout) as {
      before: number;
      failure: { reason?: string; message: string };
      after: number;
    };
    assert.equal(failure.reason, 'RESOURCE_EXHAUSTED', failure.message);
    assert.match(failure.message, /^memory ran out: .* smaller --memory .* compute\.microBatchTokens/);
    assert.equal(after, before);
  },
);

test('failures for want of memory are known by their messages and codes, and others are left as they are', () => {
  assert.equal(outOfMemory(new Error('std::bad_alloc'))?.reason, 'RESOURCE_EXHAUSTED');
  assert.ok(outOfMemory(new RangeError('Array buffer allocation failed')));
  assert.ok(outOfMemory(Object.assign(new Error('mmap'), { code: 'ENOMEM' })));
  assert.equal(outOfMemory(new RangeError('Invalid typed array length: 35184372088832')), undefined);
  assert.equal(outOfMemory(new Error('NodeArg: axis 3 is not there')), undefined);
  assert.equal(outOfMemory(new UserError('memory: not a size')), undefined);
});
