/** Reads the report.json of a run. Fields that an earlier version did not write have their defaults. */
import { type RunReport, runReportFromJson } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { readText } from './files.js';

/** Throws UserError for a file that is no report of a run. */
export function readRunReport(file: string): RunReport {
  const refused = (why: string): UserError =>
    new UserError(`${file}: expected the report.json of a run: ${why}`, 'INVALID_ARGUMENT', file);
  const text = readText(file, 'report');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refused(messageOf(error));
  }
  const { format } = (json ?? {}) as { readonly format?: unknown };
  if (typeof format === 'string' && format.startsWith('soar-comparison'))
    throw refused('this is the report of a comparison, whose page soar compare writes beside it');
  const report = runReportFromJson(json, file);
  if (report.runId === '') throw refused('it names no run (runId)');
  return report;
}
