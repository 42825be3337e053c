/**
 * Pre-training texts: text i of a stage is a pure function of (task, stage, i), so a training run can be cut, restarted or
 * spread over workers without changing what is read.
 *
 * Two kinds share the grammar of the arithmetic domain. Textbook (`T123+456=112233+455769#579`) is the form in which the
 * teacher later poses problems: a problem and its own solution. Exam (`Q123+456=#579`) is the student's prompt and an answer.
 */
import { arithmeticGrammar as grammar } from '@soar/domains';
import { invariant, Random } from '@soar/core';
import type { Mixture, PretrainStage, Task } from './task.js';

export interface TrainingText {
  /** The characters, without the end-of-text token that follows them. */
  readonly text: string;
  /** How many characters at the start are cue and question; they weigh `questionLossWeight` in the loss. */
  readonly questionChars: number;
  /** How many characters after the question are given steps; they weigh 0. All others weigh 1. */
  readonly givenChars: number;
}

/** Text `index` (0 or more) of stage `stage` (its place in `task.stages`). */
export function textAt(task: Task, stage: number, index: number): TrainingText {
  const parameters = stageOf(task, stage);
  const random = Random.of(task.seed).at('text', stage, index);
  const isTextbook = random.uniform(0) < parameters.textbookShare;
  const mixture = isTextbook ? parameters.textbook : parameters.exam;
  const count = drawOperandCount(mixture, random.uniform(1));
  const isGiven = count > 1 && random.uniform(3) < mixture.given[count - 1]!;
  const givenSteps = isGiven ? 1 + random.at('given').integer(0, count - 1) : 0;
  const isWorked = isGiven || random.uniform(2) < mixture.worked[count - 1]!;
  const firstSteps = Math.max(1, givenSteps);
  const stepCount = isWorked
    ? drawStepCount(random.at('step'), firstSteps, count, mixture.goesOn[count - 1]!)
    : 0;
  const operands = Array.from({ length: count }, (_, i) => drawNumber(random.at('operand'), i));
  const question = `${isTextbook ? grammar.TEXTBOOK_CUE : grammar.EXAM_CUE}${grammar.questionOf(operands)}=`;
  const steps = grammar.workedSteps(operands.slice(0, stepCount));
  const text = `${question}${steps}${grammar.ANSWER_MARK}${grammar.answerOf(operands)}`;
  const givenChars = grammar.workedSteps(operands.slice(0, givenSteps)).length;
  return { text, questionChars: question.length, givenChars };
}

export function stageOf(task: Task, stage: number): PretrainStage {
  const parameters = task.stages[stage];
  invariant(parameters, () => `stage ${stage} of task ${task.name}: it has ${task.stages.length}`);
  return parameters;
}

/** Number of operands, 1 to `operands.length`, for a uniform number `u` in [0, 1). */
function drawOperandCount({ operands }: Mixture, u: number): number {
  let rest = u * operands.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (const [i, weight] of operands.entries()) {
    if (weight === 0) continue;
    last = i + 1;
    rest -= weight;
    if (rest < 0) return last;
  }
  // Rounding can leave a rest of a few ulps: the last length that has any weight takes it.
  return last;
}

/** Steps shown of a worked text, `first` to `count`: after each but the last the work goes on with probability `goesOn`. */
function drawStepCount(random: Random, first: number, count: number, goesOn: number): number {
  let steps = first;
  while (steps < count && random.uniform(steps) < goesOn) steps++;
  return steps;
}

/** A uniform number of DIGITS digits, leading zeros included: draw `index` at `random`. */
export function drawNumber(random: Random, index: number): string {
  return String(random.integer(index, 10 ** grammar.DIGITS)).padStart(grammar.DIGITS, '0');
}
