/**
 * The prompts of the domain of mathematics, after section 3 of the paper (arXiv 2601.18778).
 *
 * The teacher's prompt is the same at every step and shows no example problem: with seed examples the teacher copied
 * them. The student's prompt is the same in screening, training and evaluation. Wording is ours where the paper
 * only describes it.
 */

/** Topics the teacher may choose from: the subjects of the MATH data set. */
const TOPICS = [
  'Algebra',
  'Counting and Probability',
  'Geometry',
  'Intermediate Algebra',
  'Number Theory',
  'Prealgebra',
  'Precalculus',
] as const;

/** Asks for one problem with its answer, in tags. */
export const TEACHER_PROMPT = `You are an expert mathematics teacher who writes problems for a student to practise on.

Write one original, challenging math problem from one of these topics: ${TOPICS.join(', ')}.
The problem must have a single answer that can be checked, and solving it must need at least 2-3 steps of reasoning.

Give the problem and its final answer in exactly this shape:
<question>the full text of the problem</question>
<answer>\\boxed{the final answer}</answer>
Put any explanation outside the tags.

`;

export const SCENE =
  'The User asks a question, and the Assistant solves it. ' +
  'The Assistant first reasons step by step and then gives the User the final answer in \\boxed{}.';

/** Asks for step-by-step reasoning and a final box. */
export const STUDENT_TURN =
  '{{question}}\nPlease reason step by step, and put your final answer within \\boxed{}.';
