import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RunRecord, TrackerRecord } from '../records/record.js';
import { recordsOf } from '../records/run-records.js';
import { reportOf } from '../testing/report.js';
import { requirePython } from './interpreter.js';
import { WandbPipe } from './wandb-pipe.js';

const root = mkdtempSync(join(tmpdir(), 'soar-wandb-'));
after(() => rmSync(root, { recursive: true }));

/** A program in place of Python: CI has no package of Python. The format and the ends of a process are tested. */
function standIn(name: string, script: string): string {
  const file = join(root, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const records = recordsOf(reportOf());
const head = records[0] as RunRecord;
const dated = (some: readonly TrackerRecord[]) => some.map((record) => ({ record, atMs: 0 }));
const never = new AbortController().signal;
const done = { state: 'succeeded', report: '{"a":1}' } as const;
const env = (name: string) => ({ PATH: process.env['PATH'], GOT: join(root, name) });

describe('a run that Python reports to W&B', () => {
  const script = [
    'test "$1 $2 $3" = "-m soar.wandb --artifact" || exit 9',
    'echo "$WANDB_RUN_ID $WANDB_RESUME" >> "$GOT.ids"',
    'cat >> "$GOT"',
    'cp "$4" "$GOT.report"',
    'echo noise',
    'echo offline-run',
  ];
  const python = standIn('python', script.join('\n'));

  it('is its JSON Lines as they come, and once more behind them after a process that was killed', async () => {
    const interpreter = { python, env: env('all') };
    const first = await WandbPipe.open(interpreter, join(root, 'given'), head, never);
    await first.write(dated(records.slice(0, 12)));
    await first.close({ ...done, state: 'open' });
    const second = await WandbPipe.open(interpreter, join(root, 'given'), head, never);
    await second.write(dated(records));
    const reported = await second.close(done);
    assert.equal(reported.place, 'offline-run', 'the last line that Python wrote');
    const lines = readFileSync(join(root, 'all'), 'utf8').trimEnd().split('\n');
    const whole = records.map((record) => JSON.stringify(record));
    assert.deepEqual(lines, [...whole.slice(0, 12), whole[0], ...whole.slice(12)]);
    assert.equal(readFileSync(join(root, 'all.report'), 'utf8'), '{"a":1}', 'the report as it is at the end');
    const ids = readFileSync(join(root, 'all.ids'), 'utf8').trimEnd().split('\n');
    assert.match(ids[0]!, /^a-run-[0-9a-f]{8} allow$/);
    assert.deepEqual(ids, [ids[0], ids[0]], 'W&B finds the run by its id');
  });

  it('fails with the line that Python wrote, when it ends early and when it ends last', async () => {
    const early = standIn(
      'early',
      'exec 0<&-\necho "trace" >&2\necho "not logged in: wandb login" >&2\nexit 2',
    );
    const open = WandbPipe.open({ python: early, env: env('early') }, join(root, 'early-given'), head, never);
    const written = open.then(async (pipe) => {
      await pipe.write(dated(records));
      await pipe.close(done);
    });
    await assert.rejects(written, { message: 'W&B: not logged in: wandb login' });
    const late = standIn('late', 'cat > /dev/null\necho "the server refused it" >&2\nexit 2');
    const pipe = await WandbPipe.open(
      { python: late, env: env('late') },
      join(root, 'late-given'),
      head,
      never,
    );
    await assert.rejects(pipe.close(done), { message: 'W&B: the server refused it' });
  });

  it('is not waited for without an end: Python that hangs is left', async () => {
    const hangs = standIn('hangs', 'exec sleep 2');
    const over = new AbortController();
    const pipe = await WandbPipe.open(
      { python: hangs, env: env('hangs') },
      join(root, 'hangs-given'),
      head,
      over.signal,
    );
    const closing = pipe.close(done);
    over.abort();
    await assert.rejects(closing, /Python still sends/);
  });
});

describe('the Python of --report-to wandb', () => {
  const refusal = async (python: string): Promise<string> => {
    const error: unknown = await requirePython({ python, env: env('check') }).then(
      () => assert.fail(),
      (it: unknown) => it,
    );
    return (error as Error).message;
  };

  it('is refused with what to install where it or its packages are missing', async () => {
    assert.match(
      await refusal(join(root, 'nowhere')),
      /nowhere cannot be started \(ENOENT\); name a Python that has soar-rl\[wandb\] with --python/,
    );
    const bare = standIn('bare', `echo "bare: No module named soar" >&2\nexit 1`);
    assert.match(await refusal(bare), /bare has no package soar: install .* soar-rl\[wandb\]/);
    const stranger = standIn('stranger', 'echo "soar-wandb: not logged in: wandb login" >&2\nexit 2');
    assert.equal(await refusal(stranger), '--report-to wandb: not logged in: wandb login');
    assert.match(
      await refusal(standIn('broken', 'echo "bad magic" >&2; exit 1')),
      /does not work: bad magic/,
    );
    const good = standIn('good', 'test "$*" = "-m soar.wandb --check"');
    await requirePython({ python: good, env: env('check') });
  });
});
