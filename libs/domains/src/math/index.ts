/** The domain of the paper: competition mathematics with a boxed final answer, judged by `@soar/verify`. */
import { parseAnswer, verify } from '@soar/verify';
import type { Domain } from '../domain.js';
import { parseProposal } from './proposal.js';
import { studentPrompt, TEACHER_PROMPT } from './prompts.js';

export const math: Domain = {
  name: 'math',
  description: 'Mathematics with a final answer in \\boxed{}, judged up to mathematical equivalence.',
  teacherPrompt: TEACHER_PROMPT,
  parseProposal,
  studentPrompt,
  verify,
  parseAnswer,
};
