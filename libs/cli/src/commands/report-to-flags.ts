/** `--report-to` of commands that make a run: what trackers read of it, written when it has succeeded. */
import { join } from 'node:path';
import type { RunReport } from '@soar/contracts';
import { messageOf } from '@soar/core';
import { trackedRun } from '@soar/trackers';
import { type Command, InvalidArgumentError } from 'commander';
import { requireWritable } from '../files.js';
import type { Progress } from '../progress.js';
import { FILE_TRACKERS, type FileTracker, TRACKERS_FOLDER, writeTracker } from '../tracker-files.js';

export interface ReportToFlags {
  readonly reportTo?: readonly FileTracker[];
  readonly trackers: string;
}

export function addReportToFlags(command: Command): Command {
  return command
    .option('--report-to <names>', `trackers to write the run for: ${FILE_TRACKERS.join(',')}`, trackerNames)
    .option('--trackers <dir>', 'folder for them', TRACKERS_FOLDER);
}

/** Before any work. Throws UserError. */
export function requireTrackers({ reportTo = [], trackers }: ReportToFlags): void {
  for (const tracker of reportTo) requireWritable(join(trackers, tracker, 'trial'));
}

/** Writes them. The run is done, and is not called a failure for what can be made up for: that is said. */
export async function reportTo(
  { reportTo: names = [], trackers }: ReportToFlags,
  report: RunReport,
  progress: Progress,
): Promise<string[]> {
  const lines: string[] = [];
  for (const tracker of names) {
    try {
      const { path, what } = await writeTracker(tracker, trackers, trackedRun(report));
      progress.event({ event: 'exported', tracker, path });
      lines.push(`${path}  ${what}`);
    } catch (error) {
      progress.line(
        `warning: --report-to ${tracker}: ${messageOf(error)}; "soar runs export --to ${tracker}" does it afterwards`,
      );
    }
  }
  return lines;
}

function trackerNames(text: string): FileTracker[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FILE_TRACKERS.some((tracker) => tracker === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `Expected ${FILE_TRACKERS.join(' or ')} or both, got ${JSON.stringify(unknown)}` +
        `${unknown === 'mlflow' ? '; "soar runs export --to mlflow" sends a run afterwards' : ''}.`,
    );
  return [...new Set(names)] as FileTracker[];
}
