/**
 * Trains the student of the arm `serl`: round by round it asks itself questions, votes on their answers, and trains on
 * both (arms/self-play.ts). Each round is a training of its own that begins with the weights of the one before, with a
 * new optimizer; the KL penalty, if any, refers to the base model throughout.
 *
 * Questions and votes of a round are entries of the comparison's journal, its training is found again by its id: a
 * resumed comparison repeats no finished part. Teachers judge whether a question is well-formed; a student that can no
 * longer ask any has learned it away, and trains on the hard problems alone for the rest of that round.
 */
import {
  create,
  EvaluateResponseSchema,
  type HeldOutOutcomes,
  type Problem,
  ProposeResponseSchema,
  type ProposeResponse,
  type CheckpointRef,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { SELF_PLAY } from '@soar/experiments';
import { budget, isHardOnly, NO_INGREDIENTS, recipeOf } from '../arms/recipes.js';
import { agreed, roundsOf, unlike } from '../arms/self-play.js';
import { addresses, comparisonEntries } from '../journal/addresses.js';
import type { CompleteConfig } from '../runs/run-rules.js';
import type { ComparisonContext } from './comparison-context.js';
import { trainStudent, type TrainedStudent } from './student-training.js';
import type { StudentTask } from './unit-plan.js';

/** As questions are sampled from a teacher. */
const DATASETS = 8;

type Made = Pick<TrainedStudent, 'training' | 'heldOut' | 'cost'>;

/** `heldOut`: without the evaluation of the untrained student. */
export async function selfPlayed(context: ComparisonContext, task: StudentTask): Promise<Made> {
  const { config, request } = context;
  const began = context.now();
  const stepsTotal = budget(config);
  const progress = context.track(task.name, stepsTotal, 'training steps');
  let student = context.base;
  const asked: Problem[] = [];
  const rounds: TrainedStudent[] = [];
  const heldOut: HeldOutOutcomes[] = [];
  let [votedTokens, before] = [0, 0];
  for (const [round, own] of roundsOf(config).entries()) {
    const { kept, tokens } = await questionsOf(context, task, own, round, student, asked);
    asked.push(...kept);
    votedTokens += tokens;
    const recipe = recipeOf(own, task.arm, { ...NO_INGREDIENTS, hard: request.trainProblems, asked: kept })!;
    const stages = recipe.stages.filter(({ steps }) => steps > 0);
    const trained = await trainStudent(context, {
      id: `${request.id}/${task.name}/round-${round}`,
      base: student,
      random: addresses.selfPlay(task.studentSeed, round, 'training'),
      studentSeed: task.studentSeed,
      // The rule is for one curve; it would end every round by itself.
      recipe: { ...recipe, stages, stops: false },
      stepsTotal,
      onStepsDone: (done) => progress.update(`${task.name}/${round}`, done),
    });
    heldOut.push(...trained.heldOut.map((outcomes) => ({ ...outcomes, step: before + outcomes.step })));
    before += trained.training.length;
    student = trained.checkpoint;
    rounds.push(trained);
  }
  const sum = (of: (trained: TrainedStudent) => number): number =>
    rounds.reduce((total, trained) => total + of(trained), 0);
  return {
    training: rounds.flatMap(({ training }) => training),
    heldOut,
    cost: {
      tokens: votedTokens + sum(({ cost }) => cost.tokens),
      steps: sum(({ cost }) => cost.steps),
      seconds: context.now() - began,
      workerSeconds: sum(({ cost }) => cost.workerSeconds),
    },
  };
}

/** The questions of a round, with the majority's answers, and the tokens of the samples that voted. */
async function questionsOf(
  context: ComparisonContext,
  task: StudentTask,
  own: CompleteConfig,
  round: number,
  student: CheckpointRef,
  asked: readonly Problem[],
): Promise<{ readonly kept: Problem[]; readonly tokens: number }> {
  const { config, request, services } = context;
  const nothing = { kept: [], tokens: 0 };
  // Without steps to train on questions, none are asked.
  if (isHardOnly(own, request.trainProblems)) return nothing;
  const proposals = await context.step(
    comparisonEntries.selfPlay(task.name, round, 'questions'),
    ProposeResponseSchema,
    () => propose(context, task, round, student).catch(noQuestions),
  );
  const written = proposals.datasets.flatMap((it) => it.proposals.map(({ problem }) => problem!));
  const candidates = await unlike([...request.trainProblems, ...asked], written);
  if (candidates.length === 0) return nothing;
  const { votes, tokens } = await context.step(
    comparisonEntries.selfPlay(task.name, round, 'votes'),
    EvaluateResponseSchema,
    () =>
      services.vote({
        checkpoint: student,
        domain: config.domain,
        spec: {
          problems: candidates,
          samplesPerProblem: SELF_PLAY.samples,
          sampling: config.student.rl.sampling,
          random: addresses.selfPlay(task.studentSeed, round, 'votes'),
        },
        prompt: config.student.prompt,
      }),
  );
  return { kept: agreed(candidates, votes), tokens: Number(tokens) };
}

/** Bounds at which a teacher gives up because too little of what it samples is well-formed. */
const GIVEN_UP: readonly (string | undefined)[] = ['well_formed_share_min', 'rollouts_max'];

function noQuestions(error: unknown): ProposeResponse {
  const isGivenUp =
    error instanceof UserError && error.reason === 'RESOURCE_EXHAUSTED' && GIVEN_UP.includes(error.where);
  if (!isGivenUp) throw error;
  return create(ProposeResponseSchema);
}

async function propose(
  { config, services }: ComparisonContext,
  task: StudentTask,
  round: number,
  checkpoint: CheckpointRef,
): Promise<ProposeResponse> {
  const { datasets } = await services.propose({
    checkpoint,
    domain: config.domain,
    datasets: DATASETS,
    questionsPerDataset: SELF_PLAY.questions / DATASETS,
    sampling: config.teacher.sampling,
    random: addresses.selfPlay(task.studentSeed, round, 'questions'),
    idPrefix: `${task.name}/${round}`,
    prompt: config.teacher.prompt,
    answerPrompt: config.teacher.answerPrompt,
    wellFormedShareMin: config.teacher.wellFormedShareMin,
  });
  // Only what the vote and the training need: token ids are for a policy update.
  return create(ProposeResponseSchema, {
    datasets: datasets.map(({ index, proposals }) => ({
      index,
      proposals: proposals.map(({ problem }) => ({ problem: problem! })),
    })),
  });
}
