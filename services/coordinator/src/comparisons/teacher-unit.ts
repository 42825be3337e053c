/**
 * Makes the unit of a teacher: trains it in a run (the base teacher is not trained), samples questions from it, and
 * measures their diversity. The verdict of the domain's oracle on each question is recorded; only the arm pq-correct
 * uses it.
 */
import {
  type AskedQuestion,
  AskedQuestionSchema,
  type CheckpointRef,
  create,
  type ProposeResponse,
  type RunReport,
  type TeacherPromotion,
  TeacherPromotionSchema,
  type TeacherStep,
  TeacherStepSchema,
  type TeacherUnit,
  TeacherUnitSchema,
} from '@soar/contracts';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { InvariantError, Random } from '@soar/core';
import type { AskedDomain } from '@soar/domains';
import { cosineKernel, diversityOf, subsampleScore, VENDI_SUBSAMPLES } from '@soar/experiments';
import { addresses } from '../journal/addresses.js';
import { verdictOf } from '../loop/measuring.js';
import type { ComparisonContext } from './comparison-context.js';
import type { TeacherTask } from './unit-plan.js';

/** Questions sampled from a finished teacher (paper, section 4), and the number of datasets they are sampled in. */
const QUESTIONS = 128;
const DATASETS = 8;

export async function makeTeacher(context: ComparisonContext, task: TeacherTask): Promise<TeacherUnit> {
  const { config, base, domain } = context;
  const began = context.now();
  const report = task.teacher === 'base' ? undefined : (await context.teacherRun(task)).report;
  const steps = report?.steps ?? [];
  const proposals = await questionsOf(context, task, steps.at(-1)?.teacher ?? base);
  const promotions = promotionsOf(domain, report);
  const questions = proposals.datasets
    .flatMap((dataset) => dataset.proposals)
    .map(({ problem }) => judged(domain, problem!));
  const promoted = promotions.flatMap((promotion) => promotion.questions);
  const students = config.teacher.datasets * config.student.repeats;
  const seconds = report?.timing?.seconds ?? {};
  return create(TeacherUnitSchema, {
    teacher: task.teacher,
    teacherSeed: task.seed,
    steps: steps.map(stepOf),
    promotions,
    questions,
    hiddenDiversity: {
      asked: await hiddenDiversity(context, questions, task),
      ...(promoted.length === 0 ? {} : { promoted: await hiddenDiversity(context, promoted, task) }),
    },
    ...(report?.stopped === undefined ? {} : { stoppedAt: report.stopped.outerStep }),
    wellFormed: Math.min(1, QUESTIONS / Math.max(1, proposals.rolloutsSampled)),
    cost: {
      tokens: Number(steps.reduce((sum, { studentTokens }) => sum + studentTokens, 0n)),
      steps: steps.reduce((sum, { innerSteps }) => sum + students * innerSteps, 0),
      seconds: seconds['outer-steps'] ?? context.now() - began,
      workerSeconds: seconds['student-workers'] ?? 0,
    },
  });
}

function questionsOf(
  { config, services }: ComparisonContext,
  task: TeacherTask,
  checkpoint: CheckpointRef,
): Promise<ProposeResponse> {
  return services.propose({
    checkpoint,
    domain: config.domain,
    datasets: DATASETS,
    questionsPerDataset: QUESTIONS / DATASETS,
    sampling: config.teacher.sampling,
    random: addresses.comparedQuestions(task.seed),
    idPrefix: task.name,
    prompt: config.teacher.prompt,
    answerPrompt: config.teacher.answerPrompt,
    wellFormedShareMin: config.teacher.wellFormedShareMin,
  });
}

/** Vendi score of questions on the base model's mean hidden states. */
async function hiddenDiversity(
  { base, services }: ComparisonContext,
  questions: readonly AskedQuestion[],
  { seed }: TeacherTask,
): Promise<number> {
  const texts = questions.map(({ question }) => question);
  const { embeddings } = await services.embed({ checkpoint: base, texts });
  const kernel = cosineKernel(embeddings.map(({ values }) => values));
  const scores: number[] = [];
  for (let b = 0; b < VENDI_SUBSAMPLES; b++) {
    scores.push(subsampleScore(kernel, Random.of(seed).at('hidden-diversity'), b));
    await yieldToEventLoop(); // heartbeats and health checks are answered in between
  }
  return diversityOf(kernel, scores).value;
}

function stepOf(step: RunReport['steps'][number]): TeacherStep {
  const { outerStep, score, kinds, correctAnswers } = step;
  if (score === undefined) throw new InvariantError(`comparison: step ${outerStep} has no score`);
  return create(TeacherStepSchema, {
    step: outerStep,
    rewards: score.datasets.map(({ reward }) => reward),
    repeatRewards: score.datasets.map(({ repeatRewards }) => ({ values: repeatRewards })),
    movingAverage: score.movingAverage,
    baselineAccuracy: score.baselineAccuracy,
    kinds,
    ...(correctAnswers === undefined ? {} : { correctAnswers }),
    ...(score.promotion === undefined ? {} : { promoted: score.promotion.datasetIndex }),
  });
}

function promotionsOf(domain: AskedDomain, report: RunReport | undefined): TeacherPromotion[] {
  return (report?.promotionQuestions ?? []).map(({ outerStep, reward, questions }) =>
    create(TeacherPromotionSchema, {
      step: outerStep,
      reward,
      questions: questions.map((question) => judged(domain, question)),
    }),
  );
}

/** A question with the verdict of the oracle, if the domain has one. */
function judged(
  domain: AskedDomain,
  { question, answer }: { readonly question: string; readonly answer: string },
): AskedQuestion {
  return create(AskedQuestionSchema, { question, answer, ...verdictOf(domain, { question, answer }) });
}
