/** One training of a comparison's student, and its evaluations on the held-out split during and after it. */
import {
  type CheckpointRef,
  type HeldOutOutcomes,
  type MessageInitShape,
  type TrainingResult,
  type TrainingSpecSchema,
} from '@soar/contracts';
import { InvariantError } from '@soar/core';
import { type Recipe, stagesOf } from '../arms/recipes.js';
import type { Address } from '../journal/addresses.js';
import type { ComparisonContext } from './comparison-context.js';
import { heldOutSpec, outcomesAfter } from './held-out.js';

/** Held-out evaluations during and after a training, unless it is configured: the points of a learning curve. */
const EVALUATIONS = 6;
/** The most that the trainer's contract allows. */
const EVALUATIONS_MAX = 1000;

export interface StudentTraining {
  /** Of the effect; the trained weights stand under it. */
  readonly id: string;
  readonly base: CheckpointRef;
  readonly random: Address;
  readonly studentSeed: number;
  readonly recipe: Recipe;
  /** Steps of the student in all its trainings, which its evaluations are spread over. */
  readonly stepsTotal: number;
  onStepsDone(done: number): void;
}

/** What a training adds to the unit of its student. */
export interface TrainedStudent {
  readonly checkpoint: CheckpointRef;
  readonly training: { readonly stage: string; readonly reward: number; readonly accuracy: number }[];
  /** Evaluations by step of this training. */
  readonly heldOut: HeldOutOutcomes[];
  readonly stopStep: number | undefined;
  readonly cost: {
    readonly tokens: number;
    readonly steps: number;
    readonly seconds: number;
    readonly workerSeconds: number;
  };
}

export async function trainStudent(
  context: ComparisonContext,
  student: StudentTraining,
): Promise<TrainedStudent> {
  let [began, workerSeconds]: [number | undefined, number] = [undefined, 0];
  const result = await context.services.train(student.id, trainingSpec(context, student), {
    onStarted: () => (began ??= context.now()),
    onStepsDone: (done) => student.onStepsDone(done),
    onWorked: (seconds) => (workerSeconds = seconds),
  });
  const seconds = began === undefined ? 0 : context.now() - began;
  const { steps, stopStep } = result;
  return {
    checkpoint: result.checkpoint!,
    training: steps.map(({ stage, rewardMean, accuracy }) => ({ stage, reward: rewardMean, accuracy })),
    heldOut: curveOf(context, student.id, result),
    stopStep,
    cost: {
      tokens: steps.reduce((sum, { tokens }) => sum + tokens, 0),
      steps: steps.length,
      seconds,
      workerSeconds,
    },
  };
}

/** Evaluations during and after the training. */
function curveOf(context: ComparisonContext, id: string, result: TrainingResult): HeldOutOutcomes[] {
  if (result.evaluation === undefined) {
    throw new InvariantError(`comparison: the trainer returned no evaluation of ${id}`);
  }
  return [
    ...result.evaluations.map(({ stepsDone, evaluation }) =>
      outcomesAfter(stepsDone, context, evaluation?.outcomes ?? []),
    ),
    outcomesAfter(result.steps.length, context, result.evaluation.outcomes),
  ];
}

function trainingSpec(
  context: ComparisonContext,
  { base, random, studentSeed, recipe: { stages, rl, stops = true }, stepsTotal }: StudentTraining,
): MessageInitShape<typeof TrainingSpecSchema> {
  const { config } = context;
  const { evaluateEvery, stopping } = config.comparison;
  return {
    base,
    reference: context.base,
    domain: config.domain,
    stages: stagesOf(stages),
    rl,
    prompt: config.student.prompt,
    random,
    evaluation: heldOutSpec(context, studentSeed),
    evaluateEvery: Math.max(
      evaluateEvery || Math.ceil(stepsTotal / EVALUATIONS),
      Math.ceil(stepsTotal / EVALUATIONS_MAX),
    ),
    ...(stopping && stops && { stopping }),
  };
}
