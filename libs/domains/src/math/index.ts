/** The domain of the paper: competition mathematics with a boxed final answer, judged by `@soar/verify`. */
import { parseAnswer, verify } from '@soar/verify';
import { conversation, NEXT_TURN } from '../conversation.js';
import type { Domain, Proposal } from '../domain.js';
import { readTagsWithBox, refused } from '../tagged-proposal.js';
import { SCENE, studentTurn, TEACHER_PROMPT } from './prompts.js';

/** Both tag pairs, a box in the answer, and contents that the verifier can parse (paper, section 3). */
function parseProposal(completion: string): Proposal {
  const tagged = readTagsWithBox(completion);
  if (!tagged.ok) return tagged;
  const parsed = parseAnswer(tagged.answer);
  return parsed.ok ? tagged : refused(`the answer: ${parsed.reason}`);
}

export const math: Domain = {
  name: 'math',
  description: 'Mathematics with a final answer in \\boxed{}, judged up to mathematical equivalence.',
  teacherPrompt: TEACHER_PROMPT,
  parseProposal,
  studentPrompt: (question) => conversation(SCENE, studentTurn(question)),
  studentTurn,
  stop: NEXT_TURN,
  verify,
  parseAnswer,
};
