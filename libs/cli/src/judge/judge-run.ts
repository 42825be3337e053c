/** Has a judge look at a sample of what the teacher of a run proposed, and writes judge.json into the run's folder. */
import { basename, join } from 'node:path';
import { CoordinatorService, type ReportedQuestion, type Run } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { makeFolders } from '@soar/files';
import { type CallCredentials, createClient } from '@soar/grpc-kit';
import { describeJudgement, judge, type JudgeReport, type JudgeSettings, sampleOf } from '@soar/judge';
import { judgeKey } from '../config.js';
import { writeText } from '../files.js';
import type { Progress } from '../progress.js';
import type { CoordinatorClient } from '../watch-run.js';

interface Judging {
  /** Folder of the command's results. */
  readonly out: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Judges a run that has just succeeded and says what came of it, or why nothing did: a judge that fails does not make
 * the run fail.
 */
export async function judgeAfterwards(
  address: string,
  credentials: CallCredentials | undefined,
  run: Run,
  settings: JudgeSettings | undefined,
  judging: Judging,
): Promise<void> {
  if (settings === undefined) return;
  const { progress, signal } = judging;
  const coordinator = createClient(CoordinatorService, address, { credentials });
  try {
    const { report, path } = await judgeRun(coordinator, run, settings, judging);
    const { judgements: _, ...summary } = report;
    progress.event({ event: 'judged', path, ...summary });
    progress.line(describeJudgement(report));
    progress.line(`${path}  its judgements, one by one`);
  } catch (error) {
    if (!(error instanceof UserError) || signal.aborted) throw error;
    const again = `"soar runs judge ${run.id} --config FILE" asks again`;
    progress.line(`warning: nothing was judged: ${messageOf(error)}; the run is as it was, and ${again}`);
  } finally {
    coordinator.close();
  }
}

/** Writes `<out>/<id>/judge.json` and resolves with it. Throws UserError; the run is as it was. */
export async function judgeRun(
  coordinator: CoordinatorClient,
  run: Run,
  settings: JudgeSettings,
  { out, progress, signal }: Judging,
): Promise<{ readonly report: JudgeReport; readonly path: string }> {
  const { seed, teacher } = run.config!;
  const perStep = teacher!.datasets * teacher!.questionsPerDataset;
  // A fork's copied steps are in its source.
  const first = run.report?.fork?.fromStep ?? 0;
  const steps = Math.max(0, run.outerStepsDone - first);
  if (steps === 0)
    throw new UserError(`run ${run.id}: no outer step of its own to judge`, 'FAILED_PRECONDITION');
  const questions = steps * perStep;
  const byStep = new Map<number, ReportedQuestion[]>();
  const sample: ReportedQuestion[] = [];
  for (const at of sampleOf(questions, settings.samples, seed)) {
    const step = first + Math.floor(at / perStep);
    let proposals = byStep.get(step);
    if (proposals === undefined) {
      ({ questions: proposals } = await coordinator.listProposals(
        { id: run.id, outerStep: step },
        { signal },
      ));
      byStep.clear(); // the sample is in order of steps
      byStep.set(step, proposals);
    }
    const question = proposals[at % perStep];
    if (question === undefined)
      throw new UserError(
        `run ${run.id}: step ${step} has ${proposals.length} proposals, not ${perStep}`,
        'INTERNAL',
      );
    sample.push(question);
  }
  const activity = `judged by ${settings.model}`;
  const onJudged = (done: number): void =>
    progress.update({ activity, done, total: sample.length, unit: 'questions' });
  const plain = sample.map(({ id, question, answer }) => ({ id, question, answer }));
  try {
    const report = await judge(settings, plain, { key: judgeKey(), seed, questions, signal, onJudged });
    const folder = join(out, basename(run.id)); // a coordinator elsewhere says what the id is
    makeFolders(folder);
    const path = join(folder, 'judge.json');
    await writeText(path, `${JSON.stringify(report, null, 1)}\n`);
    return { report, path };
  } finally {
    progress.clear();
  }
}
