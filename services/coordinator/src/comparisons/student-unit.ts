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
} from '@soar/contracts';
import { withRightAnswers, withWrongAnswers } from '../arms/answers.js';
import { evaluatedIn, type Ingredients, recipeOf } from '../arms/recipes.js';
import { addresses } from '../journal/addresses.js';
import type { ComparisonContext } from './comparison-context.js';
import { evaluateHeldOut } from './held-out.js';
import { selfPlayed } from './self-play-unit.js';
import { trainStudent } from './student-training.js';
import type { StudentTask } from './unit-plan.js';

/** `teacher`: the unit of its teacher, where its arm has one. */
export async function makeStudent(
  context: ComparisonContext,
  task: StudentTask,
  teacher: TeacherUnit | undefined,
): Promise<StudentUnit> {
  const untrained = await context.untrained(task.studentSeed);
  const result = await made(context, task, teacher, untrained);
  return create(StudentUnitSchema, {
    arm: task.arm,
    ...(task.teacher === undefined ? {} : { teacherSeed: task.teacher.seed }),
    studentSeed: task.studentSeed,
    ...result,
  });
}

async function made(
  context: ComparisonContext,
  task: StudentTask,
  teacher: TeacherUnit | undefined,
  untrained: HeldOutOutcomes,
): Promise<Made> {
  if (task.arm === 'serl') {
    const { heldOut, ...others } = await selfPlayed(context, task);
    return { ...others, heldOut: [untrained, ...heldOut] };
  }
  const recipe = recipeOf(context.config, task.arm, ingredients(context, teacher));
  if (recipe === undefined) return withoutTraining(context, task, teacher, untrained);
  const steps = recipe.stages.reduce((sum, { steps }) => sum + steps, 0);
  const progress = context.track(task.name, steps, 'training steps');
  const { training, heldOut, stopStep, cost } = await trainStudent(context, {
    id: `${context.request.id}/${task.name}`,
    base: context.base,
    random: addresses.comparedStudent(task.studentSeed),
    studentSeed: task.studentSeed,
    recipe,
    stepsTotal: steps,
    onStepsDone: (done) => progress.update(task.name, done),
  });
  return {
    training,
    heldOut: [untrained, ...heldOut],
    ...(stopStep === undefined ? {} : { stopStep }),
    cost,
  };
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
