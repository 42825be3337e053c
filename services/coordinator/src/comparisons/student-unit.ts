/**
 * Makes the unit of a student: trains it by the recipe of its arm, and evaluates it on the held-out split before,
 * during and after training.
 */
import {
  type AskedQuestion,
  type CheckpointRef,
  CheckpointRefSchema,
  create,
  type HeldOutOutcomes,
  type MessageInitShape,
  type Problem,
  ProblemSchema,
  type StudentUnit,
  StudentUnitSchema,
  type TeacherUnit,
  type TrainingResult,
  type TrainingSpecSchema,
} from '@soar/contracts';
import { InvariantError } from '@soar/core';
import { withRightAnswers, withWrongAnswers } from '../arms/answers.js';
import { evaluatedIn, type Ingredients, type Recipe, recipeOf, stagesOf } from '../arms/recipes.js';
import { addresses } from '../journal/addresses.js';
import type { ComparisonContext } from './comparison-context.js';
import { evaluateHeldOut, heldOutSpec, outcomesAfter } from './held-out.js';
import type { StudentTask } from './unit-plan.js';

/** Held-out evaluations during and after a training, unless it is configured: the points of a learning curve. */
const EVALUATIONS = 6;
/** The most that the trainer's contract allows. */
const EVALUATIONS_MAX = 1000;

/** `teacher`: the unit of its teacher, where its arm has one. */
export async function makeStudent(
  context: ComparisonContext,
  task: StudentTask,
  teacher: TeacherUnit | undefined,
): Promise<StudentUnit> {
  const recipe = recipeOf(context.config, task.arm, ingredients(context, teacher));
  const untrained = await context.untrained(task.studentSeed);
  const result =
    recipe === undefined
      ? await withoutTraining(context, task, teacher, untrained)
      : await trained(context, task, recipe, untrained);
  return create(StudentUnitSchema, {
    arm: task.arm,
    ...(task.teacher === undefined ? {} : { teacherSeed: task.teacher.seed }),
    studentSeed: task.studentSeed,
    ...result,
  });
}

function ingredients({ request, domain }: ComparisonContext, teacher: TeacherUnit | undefined): Ingredients {
  const earned = (teacher?.promotions ?? []).flatMap(({ questions }) => questions);
  const promoted = asProblems(earned);
  return {
    hard: request.trainProblems,
    curated: request.curatedProblems,
    asked: asProblems(teacher?.questions ?? []),
    promoted,
    promotedCorrect: asProblems(earned.filter(({ correct }) => correct === true)),
    answersRight: withRightAnswers(domain, promoted),
    answersWrong: withWrongAnswers(domain, promoted),
    // Files of several runs may share ids, with each other and with the hard problems.
    questions: request.questions.map((problem, i) => ({ ...problem, id: `given-${i}` })),
  };
}

/** Questions as problems, with the answers that the teacher stated. */
function asProblems(questions: readonly AskedQuestion[]): Problem[] {
  return questions.map(({ question, answer }, i) =>
    create(ProblemSchema, { id: `asked-${i}`, question, answer }),
  );
}

type Made = Pick<MessageInitShape<typeof StudentUnitSchema>, 'training' | 'heldOut' | 'cost' | 'stopStep'>;

/** A model as it is, with the samples of the task's seed. */
async function withoutTraining(
  context: ComparisonContext,
  task: StudentTask,
  teacher: TeacherUnit | undefined,
  untrained: HeldOutOutcomes,
): Promise<Made> {
  const began = context.now();
  const checkpoint = await checkpointOf(context, task, teacher);
  const last =
    checkpoint === undefined ? untrained : await evaluateHeldOut(context, checkpoint, task.studentSeed);
  return { heldOut: [last], cost: { tokens: 0, steps: 0, seconds: context.now() - began } };
}

/** What is evaluated: undefined for the base, which the best promoted student is too where there was no promotion. */
async function checkpointOf(
  context: ComparisonContext,
  { arm, teacher: task }: StudentTask,
  teacher: TeacherUnit | undefined,
): Promise<CheckpointRef | undefined> {
  const evaluated = evaluatedIn(arm);
  if (evaluated === 'base' || task === undefined) return undefined;
  if (evaluated === 'promoted student' && teacher!.promotions.length === 0) return undefined;
  const { report } = await context.teacherRun(task);
  return evaluated === 'teacher'
    ? report!.steps.at(-1)!.teacher!
    : create(CheckpointRefSchema, { key: `${report!.runId}/promoted-student` });
}

async function trained(
  context: ComparisonContext,
  task: StudentTask,
  recipe: Recipe,
  untrained: HeldOutOutcomes,
): Promise<Made> {
  const total = recipe.stages.reduce((sum, { steps }) => sum + steps, 0);
  const progress = context.track(task.name, total, 'training steps');
  let [began, workerSeconds]: [number | undefined, number] = [undefined, 0];
  const id = `${context.request.id}/${task.name}`;
  const result = await context.services.train(id, trainingSpec(context, task, recipe, total), {
    onStarted: () => (began ??= context.now()),
    onStepsDone: (done) => progress.update(task.name, done),
    onWorked: (seconds) => (workerSeconds = seconds),
  });
  const seconds = began === undefined ? 0 : context.now() - began;
  const { steps } = result;
  return {
    training: steps.map(({ stage, rewardMean, accuracy }) => ({ stage, reward: rewardMean, accuracy })),
    heldOut: [untrained, ...curveOf(context, id, result)],
    ...(result.stopStep === undefined ? {} : { stopStep: result.stopStep }),
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
  { studentSeed }: StudentTask,
  { stages, rl, stops = true }: Recipe,
  total: number,
): MessageInitShape<typeof TrainingSpecSchema> {
  const { base, config } = context;
  const { evaluateEvery, stopping } = config.comparison;
  return {
    base,
    reference: base,
    domain: config.domain,
    stages: stagesOf(stages),
    rl,
    prompt: config.student.prompt,
    random: addresses.comparedStudent(studentSeed),
    evaluation: heldOutSpec(context, studentSeed),
    evaluateEvery: Math.max(
      evaluateEvery || Math.ceil(total / EVALUATIONS),
      Math.ceil(total / EVALUATIONS_MAX),
    ),
    ...(stopping && stops && { stopping }),
  };
}
