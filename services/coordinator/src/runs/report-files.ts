/**
 * The results of a finished run in its folder of the store: promoted-student/ (a Hugging Face folder),
 * promotion-questions.jsonl and, last, report.json. Once report.json exists, the others are complete.
 *
 * Writing them again gives the same bytes, so a resumed run simply writes them again.
 */
import { type CheckpointRef, type RunReport, runReportToJson } from '@soar/contracts';
import type { ArtifactStore, WriterLease } from '@soar/store';

/**
 * Writes the three, under the coordinator's lease. `student`: the promoted student, or the base where none was
 * promoted.
 */
export async function leaveArtifacts(
  store: ArtifactStore,
  report: RunReport,
  student: CheckpointRef,
  lease: WriterLease,
): Promise<void> {
  const { folder } = await store.open(student);
  await store.importFolder(folder, `${report.runId}/promoted-student`, lease);
  await store.writeFile(`${report.runId}/promotion-questions.jsonl`, promotionQuestions(report), lease);
  const json = `${JSON.stringify(runReportToJson(report), null, 2)}\n`;
  await store.writeFile(`${report.runId}/report.json`, json, lease);
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
