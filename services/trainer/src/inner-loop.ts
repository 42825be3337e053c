/**
 * The inner loop: RLOO on questions (Ahmadian et al., arXiv 2402.14740), as SOAR runs it for every student.
 *
 *   loss = - 1/(Q G) sum over rollouts of A ln p(completion)   [+ coefficient/(Q G) sum over tokens of the KL estimate]
 *
 * with Q questions a step, G rollouts each, A the leave-one-out advantage, ln p the sum over the completion's tokens
 * after temperature. The divisor is a constant: rollouts and questions without a gradient are left out of the work, not
 * of the mean. A step in which nothing has a gradient still advances the schedule, and applies no update.
 */
import type { StepMetrics } from '@soar/contracts';
import { attributes, type AttributesOf, measure, operations } from '@soar/telemetry';
import type { Handle, ModelWorker, TrainingText, TrainStepResult } from '@soar/runtime';
import { trainingSamplePath } from './addresses.js';
import type { CompletionFile, SampledGroup } from './completion-files.js';
import { Draws } from './draws.js';
import type { Grader } from './grading.js';
import type { PreparedProblem } from './problems.js';
import { advantagesOf, klSum, sampledCount, weigh, type Group } from './rollouts.js';
import { Stopping } from './stopping.js';
import { drawAnswers } from './thinking.js';
import type { PreparedTraining } from './training-spec.js';

/** Metrics of a step, as in the contract. */
export type Metrics = Omit<StepMetrics, '$typeName' | '$unknown'>;

/** What a training works with. */
export interface TrainingContext {
  readonly worker: ModelWorker;
  readonly student: Handle;
  readonly grader: Grader;
  readonly signal: AbortSignal;
  readonly completions: CompletionFile;
  /** What its metrics are told apart by. */
  readonly labels: AttributesOf<'stepSeconds'>;
}

/**
 * Trains the student; returns the step at which it had levelled off by its stopping rule. `onStep` is called and
 * awaited after every step.
 */
export async function trainStudent(
  training: PreparedTraining,
  context: TrainingContext,
  onStep: (metrics: Metrics, isLast: boolean) => Promise<void> | void,
): Promise<number | undefined> {
  let step = 0;
  const draws = new Draws(training.address);
  const stopping = new Stopping(training.stopping);
  for (const stage of training.stages) {
    const questions = draws.of(stage);
    for (let i = 0; i < stage.steps; i++) {
      const started = performance.now();
      const drawn = Array.from({ length: training.questionsPerStep }, () => questions.next().value);
      const metrics = await trainStep(training, context, step++, drawn);
      measure('stepSeconds', (performance.now() - started) / 1000, context.labels);
      measure('rolloutReward', metrics.rewardMean, context.labels);
      measure('tokens', metrics.tokens, { [attributes.operation]: operations.train });
      const ends = stopping.endsAfter(step, metrics.rewardMean);
      await onStep({ ...metrics, stage: stage.name }, ends || step === training.stepsTotal);
      if (ends) return stopping.step;
    }
  }
  return stopping.step;
}

async function trainStep(
  training: PreparedTraining,
  context: TrainingContext,
  step: number,
  questions: readonly PreparedProblem[],
): Promise<Metrics> {
  const before = await context.worker.traffic();
  const groups = await sampleGroups(training, context, step, questions);
  await context.completions.write('training', step, () => groups);
  const divisor = questions.length * training.groupSize;
  const advantages = advantagesOf(groups, training);
  const texts = groups.map((group, q) => weigh(group, advantages[q]!, divisor, training));
  const learningRate = training.optimizer.learningRate(step);
  const { gradientNorm, rescalings } = await update(training, context, texts.flat(), learningRate);
  const skipped = texts.filter((own) => own.length === 0).length;
  const after = await context.worker.traffic();
  return {
    ...summarise(groups, training, step),
    questionsSkipped: skipped,
    learningRate,
    gradientNorm,
    lossRescalings: rescalings,
    bytesToDevice: BigInt(after.toDevice - before.toDevice),
    bytesFromDevice: BigInt(after.fromDevice - before.fromDevice),
  };
}

async function sampleGroups(
  training: PreparedTraining,
  { worker, student, grader, signal }: TrainingContext,
  step: number,
  questions: readonly PreparedProblem[],
): Promise<(Group & SampledGroup)[]> {
  const { groupSize, sampling, stop, think, address, base, domain } = training;
  const completions = await drawAnswers(
    (request) => worker.sample(student, request, base.config),
    {
      prompts: questions.map(({ prompt }) => prompt),
      rows: questions.flatMap((_, q) =>
        Array.from({ length: groupSize }, (_, i) => ({
          prompt: q,
          path: trainingSamplePath(address, step, q, i),
        })),
      ),
      seed: address.seed,
      sampling,
    },
    base,
    stop,
    think,
  );
  const answers = completions.map(({ text: response }, row) => {
    return { gold: questions[Math.floor(row / groupSize)]!.gold, response };
  });
  const grading = grader.grade(domain, answers, signal);
  grading.catch(() => undefined); // awaited below, after the reference
  const part = <T>(all: readonly T[], q: number): T[] => all.slice(q * groupSize, (q + 1) * groupSize);
  const groups = questions.map(({ id: problemId, prompt }, q) => ({
    problemId,
    prompt,
    completions: part(completions, q),
  }));
  const reference = await referenceLogprobs(training, worker, groups);
  const grades = await grading;
  return groups.map((group, q) => ({
    ...group,
    grades: part(grades, q),
    ...(reference && { reference: part(reference, q) }),
  }));
}

/** Log-probabilities of every completion's tokens under the reference, when there is a penalty. */
async function referenceLogprobs(
  { reference, sampling }: PreparedTraining,
  worker: ModelWorker,
  groups: readonly Omit<Group, 'grades'>[],
): Promise<Float32Array[] | undefined> {
  if (reference === undefined) return undefined;
  const texts = groups.flatMap(({ prompt, completions }) =>
    completions.map(({ tokens }) => Int32Array.of(...prompt, ...tokens)),
  );
  const scores = await worker.score(reference.handle, texts, sampling.temperature);
  const lengths = groups.flatMap(({ completions }) => completions.map(({ tokens }) => tokens.length));
  return scores.map((score, i) => score.slice(score.length - lengths[i]!));
}

/** One optimizer step; the gradient's norm is 0 when there is none and nothing was done. */
async function update(
  { sampling, kl, clipEpsilon, optimizer }: PreparedTraining,
  { worker, student: handle }: TrainingContext,
  texts: readonly TrainingText[],
  learningRate: number,
): Promise<Pick<TrainStepResult, 'gradientNorm' | 'rescalings'>> {
  if (texts.length === 0) return { gradientNorm: 0, rescalings: 0 };
  return worker.trainStep({
    handle,
    texts,
    temperature: sampling.temperature,
    ...(clipEpsilon > 0 && { clipEpsilon }),
    kl: kl?.placement === 'loss' ? kl.estimator : 'none',
    optimizer: optimizer.adamw,
    learningRate,
  });
}

function summarise(groups: readonly Group[], { kl }: PreparedTraining, step: number) {
  const grades = groups.flatMap((group) => group.grades);
  const completions = groups.flatMap((group) => group.completions);
  const tokens = completions.reduce((sum, completion) => sum + sampledCount(completion), 0);
  const logprobs = completions.reduce((sum, c) => sum + c.logprobs.reduce((a, b) => a + b, 0), 0);
  const klTotal = kl
    ? groups.reduce(
        (sum, g) => sum + g.completions.reduce((own, _, i) => own + klSum(g, i, kl.estimator), 0),
        0,
      )
    : 0;
  return {
    step,
    stage: '',
    rewardMean: grades.reduce((sum, { reward }) => sum + reward, 0) / grades.length,
    accuracy: grades.filter(({ correct }) => correct).length / grades.length,
    kl: klTotal / tokens,
    tokens,
    entropy: -logprobs / tokens,
  };
}
