/** The domain of the paper: competition mathematics with a boxed final answer, judged by `@soar/verify`. */
import { parseAnswer, verify } from '@soar/verify';
import { studentPrompt } from '../conversation.js';
import { builtIn } from '../definition.js';
import type { AnswerVerifier } from '../domain.js';
import { gradingOptions } from '../grading-options.js';
import { judgeInBox } from '../marks.js';
import { SCENE, STUDENT_TURN, TEACHER_PROMPT } from './prompts.js';

export function mathVerifier(raw: Readonly<Record<string, unknown>>): AnswerVerifier {
  const own = gradingOptions(raw);
  const judge: AnswerVerifier['verify'] = (gold, response, options) =>
    verify(gold, response, { ...own, ...options });
  return { verify: judge, judge: judgeInBox(judge), parseAnswer };
}

/** Proposals have both tag pairs, a box in the answer, and contents that the verifier can parse (paper, section 3). */
export const mathDefinition = builtIn({
  name: 'math',
  description: 'Mathematics with a final answer in \\boxed{}, judged up to mathematical equivalence.',
  student: studentPrompt(SCENE, STUDENT_TURN),
  teacher: TEACHER_PROMPT,
  proposal: { boxed: true },
  examples: [
    {
      question: 'What is 1/4 + 1/4?',
      answer: '\\frac{1}{2}',
      right: 'It is \\boxed{0.5}.',
      wrong: '\\boxed{2}',
    },
  ],
});
