/**
 * Pre-training texts: text i of a stage is a pure function of (task, stage, i), so a training run can be interrupted,
 * restarted or spread over workers without changing its data.
 *
 * Two kinds share the grammar of the arithmetic domain. Textbook (`T123+456=112233+455769#579`) is the form in which
 * the teacher later poses problems: a problem and its own solution. Exam (`Q123+456=#579`) is the student's prompt and
 * an answer.
 */
import { arithmeticGrammar as grammar } from '@soar/domains';
import { invariant, Random } from '@soar/core';
import type { Kind, Mixture, PretrainStage, Task } from './task.js';

export interface TrainingText {
  /** The characters, without the end-of-text token that follows them. */
  readonly text: string;
  /** How many characters at the start are cue and question; they weigh `questionWeight` in the loss. */
  readonly questionChars: number;
  /** Loss weight of those characters. */
  readonly questionWeight: number;
  /** How many characters after the question are given steps; they weigh 0. All others weigh 1. */
  readonly givenChars: number;
}

/** Text `index` (0 or more) of stage `stage` (its index in `task.stages`). */
export function textAt(task: Task, stage: number, index: number): TrainingText {
  const parameters = stageOf(task, stage);
  const random = Random.of(task.seed).at('text', stage, index);
  const isTextbook = random.uniform(0) < parameters.textbookShare;
  const kind = drawKind(isTextbook ? parameters.textbook : parameters.exam, random.uniform(4));
  const count = 1 + drawByWeight(kind.operands, random.uniform(1));
  const isGiven = count > 1 && random.uniform(3) < kind.given[count - 1]!;
  const givenSteps = isGiven ? 1 + random.at('given').integer(0, count - 1) : 0;
  const isWorked = isGiven || random.uniform(2) < kind.worked[count - 1]!;
  const firstSteps = Math.max(1, givenSteps);
  const stepCount = isWorked
    ? drawStepCount(random.at('step'), firstSteps, count, kind.goesOn[count - 1]!)
    : 0;
  const question = drawQuestion(kind.operator, count, random.at('operand'));
  const posed = `${isTextbook ? grammar.TEXTBOOK_CUE : grammar.EXAM_CUE}${grammar.spell(question)}=`;
  const steps = grammar.workedSteps(question, stepCount);
  const text = `${posed}${steps}${grammar.ANSWER_MARK}${grammar.answerOf(question)}`;
  const givenChars = grammar.workedSteps(question, givenSteps).length;
  const questionWeight = kind.questionLossWeight ?? task.questionLossWeight;
  return { text, questionChars: posed.length, questionWeight, givenChars };
}

export function stageOf(task: Task, stage: number): PretrainStage {
  const parameters = task.stages[stage];
  invariant(parameters, () => `stage ${stage} of task ${task.name}: it has ${task.stages.length}`);
  return parameters;
}

function drawKind(mixture: Mixture, u: number): Kind {
  return mixture[
    drawByWeight(
      mixture.map(({ weight }) => weight),
      u,
    )
  ]!;
}

/** The index that a uniform number `u` in [0, 1) selects, in proportion to the weights. */
function drawByWeight(weights: readonly number[], u: number): number {
  let rest = u * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = i;
    rest -= weight;
    if (rest < 0) return last;
  }
  // Rounding can leave a rest of a few ulps: the last entry that has any weight takes it.
  return last;
}

/**
 * Number of steps that a worked text shows, `first` to `count`: each is followed by another with probability
 * `goesOn`.
 */
function drawStepCount(random: Random, first: number, count: number, goesOn: number): number {
  let steps = first;
  while (steps < count && random.uniform(steps) < goesOn) steps++;
  return steps;
}

/**
 * A question of `count` uniform numbers of DIGITS digits, leading zeros included: draws 0 to `count` - 1 at `random`.
 */
export function drawQuestion(operator: grammar.Operator, count: number, random: Random): grammar.Question {
  const operands = Array.from({ length: count }, (_, i) =>
    String(random.integer(i, 10 ** grammar.DIGITS)).padStart(grammar.DIGITS, '0'),
  );
  return { operator, operands };
}
