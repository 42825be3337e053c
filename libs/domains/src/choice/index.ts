/**
 * Multiple choice: questions with lettered options, answered by one letter. The gold is a letter, alone or with its
 * option (`C`, `(C) five`). Only the letter is judged, so an option's text may be anything.
 */
import { choiceOf, verify, type Verification, type VerifyOptions } from '@soar/verify';
import { studentPrompt } from '../conversation.js';
import { builtIn } from '../definition.js';
import type { AnswerVerifier, ParsedAnswer, Proposal } from '../domain.js';
import { gradingOptions } from '../grading-options.js';
import { judgeInBox } from '../marks.js';
import { refused } from '../tagged-proposal.js';

const TEACHER_PROMPT = `You are an expert teacher who writes multiple-choice questions for a student to practise on.

Write one original, challenging question with four options (A), (B), (C) and (D), exactly one of which is right.

Give the question with its options, and the letter of the right one, in exactly this shape:
<question>the question and its options</question>
<answer>\\boxed{letter}</answer>
Put any explanation outside the tags.

`;

const SCENE = 'The User asks a multiple-choice question, and the Assistant answers it.';

const STUDENT_TURN =
  '{{question}}\nPlease reason step by step, and put the letter of your final answer within \\boxed{}.';

function parseAnswer(answer: string): ParsedAnswer {
  const letter = choiceOf(answer);
  return letter === undefined
    ? { ok: false, reason: 'expected one letter from A to J' }
    : { ok: true, canonical: letter };
}

/** The letter of an option that the question has. */
function goldOf(question: string, stated: string): Proposal {
  const letter = choiceOf(stated);
  if (letter === undefined) return refused('the answer is not one letter from A to J');
  const isOffered = new RegExp(`(?:^|[\\s(])${letter}[).:]`).test(question);
  return isOffered ? { ok: true, question, answer: letter } : refused(`the question has no option ${letter}`);
}

function judge(gold: string, response: string, options?: VerifyOptions): Verification {
  const letter = choiceOf(gold);
  const judged = verify(letter ?? 'A', response, options);
  if (judged.extracted === undefined) return judged;
  if (letter === undefined) return { ...judged, verdict: 'GOLD_UNPARSEABLE', stage: 'parse:gold' };
  // Several letters, or anything that is no letter, is an answer but a wrong one.
  const isRight = judged.verdict === 'CORRECT' && choiceOf(judged.extracted) === letter;
  return { ...judged, verdict: isRight || judged.verdict !== 'CORRECT' ? judged.verdict : 'INCORRECT' };
}

export function choiceVerifier(raw: Readonly<Record<string, unknown>>): AnswerVerifier {
  const own = gradingOptions(raw);
  const verifyChoice: AnswerVerifier['verify'] = (gold, response, options) =>
    judge(gold, response, { ...own, ...options });
  return { verify: verifyChoice, judge: judgeInBox(verifyChoice), parseAnswer, goldOf };
}

export const choiceDefinition = builtIn({
  name: 'choice',
  description: 'Multiple choice with lettered options; the letter in \\boxed{} is judged.',
  student: studentPrompt(SCENE, STUDENT_TURN),
  teacher: TEACHER_PROMPT,
  proposal: { boxed: true },
  examples: [
    { question: '2 + 2? (A) 3 (B) 4', answer: 'B', right: '4, so \\boxed{B}', wrong: '\\boxed{A or B}' },
  ],
});
