/** A canonical order of a request's evaluations, so that a repeated request is recognised. */
import { clone, type ScoreStepRequest, ScoreStepRequestSchema } from '@soar/contracts';

/** A copy of `request` with students sorted by dataset and repeat, and outcomes by problem id. */
export function canonicalRequest(request: ScoreStepRequest): ScoreStepRequest {
  const copy = clone(ScoreStepRequestSchema, request);
  copy.students.sort((a, b) => a.datasetIndex - b.datasetIndex || a.repeat - b.repeat);
  for (const evaluation of [copy.baseline, ...copy.students.map((student) => student.evaluation)]) {
    evaluation?.outcomes.sort((a, b) => (a.problemId < b.problemId ? -1 : Number(a.problemId > b.problemId)));
  }
  return copy;
}
