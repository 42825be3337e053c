import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { create, RunReportSchema } from '@soar/contracts';
import { exportFiles, FILE_TRACKERS } from './export-files.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-trackers-'));
after(() => rmSync(folder, { recursive: true }));

describe('files of trackers', () => {
  const report = create(RunReportSchema, {
    runId: 'a-run',
    arms: [{ name: 'pq', training: [{ step: 0 }] }],
  });

  it('are in a place for each tracker, whole and with nothing beside them', async () => {
    for (const tracker of FILE_TRACKERS) await exportFiles(tracker, folder, report);
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
      await assert.rejects(exportFiles(tracker, folder, report), { reason: 'ALREADY_EXISTS' });
    assert.deepEqual(readFileSync(file), before);
  });
});
