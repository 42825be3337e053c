/**
 * The results of a finished run in its folder of the store: promoted-student/ (a Hugging Face folder),
 * promotion-questions.jsonl, report.html and, last, report.json. Once report.json exists, the others are complete.
 *
 * Writing them again gives the same bytes, so a resumed run simply writes them again.
 */
import { type CheckpointRef, type RunReport, runReportToJson } from '@soar/contracts';
import { messageOf } from '@soar/core';
import type { ArtifactStore, WriterLease } from '@soar/store';
import { attributes, type Log } from '@soar/telemetry';

export interface Left {
  readonly report: RunReport;
  /** The promoted student, or the base where none was promoted. */
  readonly student: CheckpointRef;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

/** Writes the four, under the coordinator's lease. */
export async function leaveArtifacts(
  store: ArtifactStore,
  { report, student, log }: Left,
  lease: WriterLease,
): Promise<void> {
  const { folder } = await store.open(student);
  await store.importFolder(folder, `${report.runId}/promoted-student`, lease);
  await store.writeFile(`${report.runId}/promotion-questions.jsonl`, promotionQuestions(report), lease);
  const page = await pageOf(report).catch((error: unknown) =>
    log(`run ${report.runId}: report.html is not written: ${messageOf(error)}`, 'error', {
      [attributes.runId]: report.runId,
    }),
  );
  if (page !== undefined) await store.writeFile(`${report.runId}/report.html`, page, lease);
  const json = `${JSON.stringify(runReportToJson(report), null, 2)}\n`;
  await store.writeFile(`${report.runId}/report.json`, json, lease);
}

/**
 * The report as a page. What draws it is loaded when a run ends: no other work of the coordinator needs it. A page can
 * be made again from report.json, so it may fail without failing the run.
 */
async function pageOf(report: RunReport): Promise<string> {
  const { runPage } = await import('@soar/report-page');
  return runPage(report);
}

/** One line per question, with its provenance: outer step, dataset, and the reward R_k* of that dataset. */
function promotionQuestions(report: RunReport): string {
  const lines = report.promotionQuestions.flatMap(({ outerStep, datasetIndex, reward, questions }) =>
    questions.map(({ id, question, answer }) =>
      JSON.stringify({ id, question, answer, outer_step: outerStep, dataset: datasetIndex, reward }),
    ),
  );
  return lines.map((line) => `${line}\n`).join('');
}
