/** A run as clients see it: its record, and its report so far from the journal. */
import {
  create,
  fromBinary,
  type Run,
  type RunReport,
  RunReportSchema,
  RunSchema,
  timestampFromMs,
} from '@soar/contracts';
import { isStepPart, REPORT_PREFIX } from '../journal/addresses.js';
import { reportHead, sumReport } from './report.js';
import type { RunRecord, RunRecords } from './run-records.js';

export async function viewOf(records: RunRecords, record: RunRecord): Promise<Run> {
  const kept = await records.journal(record.id).values(REPORT_PREFIX);
  const parts = kept.map((bytes) => fromBinary(RunReportSchema, bytes));
  const head = parts.find(({ runId }) => runId !== '') ?? reportHead(record.request);
  const report = sumReport(head, parts);
  return runOf(record, report.steps.length, report);
}

/** The run without its report, for lists: it reads only the names of entries. */
export async function briefViewOf(records: RunRecords, record: RunRecord): Promise<Run> {
  const names = await records.journal(record.id).names();
  return runOf(record, names.filter(isStepPart).length);
}

function runOf(record: RunRecord, outerStepsDone: number, report?: RunReport): Run {
  return create(RunSchema, {
    id: record.id,
    state: record.state,
    config: record.request.config!,
    outerStepsDone,
    ...(report === undefined ? {} : { report }),
    failure: record.failure,
    failureReason: record.failureReason,
    createTime: timestampFromMs(record.createdMs),
  });
}
