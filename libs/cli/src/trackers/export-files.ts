/**
 * A run in files for trackers, once: whole, or not at all. What is there already is never written over. A run as it
 * goes is written by @soar/trackers alone.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunReport, timestampMs } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import {
  type Dated,
  EventFolder,
  JsonLinesFile,
  recordsOf,
  type Reported,
  type RunRecord,
} from '@soar/trackers';

export const FILE_TRACKERS = ['tensorboard', 'jsonl'] as const;
export type FileTracker = (typeof FILE_TRACKERS)[number];

/** Writes one tracker's files. Resolves with the path and what it is. Throws UserError. */
export async function exportFiles(
  tracker: FileTracker,
  folder: string,
  report: RunReport,
): Promise<Reported> {
  const items = datedRecords(report);
  const head = items[0]!.record as RunRecord;
  const path = join(folder, tracker, tracker === 'jsonl' ? `${head.run}.jsonl` : head.run);
  requireNew(path);
  const partial = `${path}.partial-${process.pid}`;
  try {
    const file = tracker === 'jsonl' ? await JsonLinesFile.at(partial) : await EventFolder.at(partial, head);
    await file.write(items);
    const reported = await file.close();
    await rename(partial, path);
    return { ...reported, place: path };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw new UserError(`${path} cannot be written: ${messageOf(error)}`, 'FAILED_PRECONDITION', path);
  }
}

/** Throws UserError where something is there. */
export function requireNew(path: string): void {
  if (existsSync(path))
    throw new UserError(
      `${path} exists, perhaps of an earlier export; remove it, give another folder, or complete it with --follow`,
      'ALREADY_EXISTS',
      path,
    );
}

/** The records of a report. It has the times of a run's start and end and no other: all bear the end's. */
export function datedRecords(report: RunReport): Dated[] {
  const { endTime, startTime } = report.timing ?? {};
  const time = endTime ?? startTime;
  const atMs = time === undefined ? 0 : timestampMs(time);
  return recordsOf(report).map((record) => ({ record, atMs }));
}
