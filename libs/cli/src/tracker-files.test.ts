import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { create, RunReportSchema } from '@soar/contracts';
import { trackedRun } from '@soar/trackers';
import { FILE_TRACKERS, writeTracker } from './tracker-files.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-trackers-'));
after(() => rmSync(folder, { recursive: true }));

describe('files of trackers', () => {
  const run = trackedRun(
    create(RunReportSchema, { runId: 'a-run', arms: [{ name: 'pq', training: [{ step: 0 }] }] }),
  );

  it('are in a place for each tracker, whole and with nothing beside them', async () => {
    for (const tracker of FILE_TRACKERS) await writeTracker(tracker, folder, run);
    assert.deepEqual(readdirSync(folder, { recursive: true }).map(String).sort(), [
      'jsonl',
      'jsonl/a-run.jsonl',
      'tensorboard',
      'tensorboard/a-run',
      'tensorboard/a-run/events.out.tfevents.0.soar',
      'tensorboard/a-run/pq',
      'tensorboard/a-run/pq/events.out.tfevents.0.soar',
    ]);
  });

  it('are never written over', async () => {
    const file = join(folder, 'jsonl', 'a-run.jsonl');
    const before = readFileSync(file);
    for (const tracker of FILE_TRACKERS)
      await assert.rejects(writeTracker(tracker, folder, run), { reason: 'ALREADY_EXISTS' });
    assert.deepEqual(readFileSync(file), before);
  });
});
