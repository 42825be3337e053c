/**
 * Countdown: reach the target with the given numbers, each used exactly once, by + - * / and parentheses. Any right
 * formula is a right answer, so this domain grades by checking, not by comparing.
 */
import type { Verification } from '@soar/verify';
import { studentPrompt } from '../conversation.js';
import { builtIn } from '../definition.js';
import type { AnswerVerifier, ParsedAnswer, Proposal } from '../domain.js';
import { verifyBox } from '../marks.js';
import { refused } from '../tagged-proposal.js';
import { puzzleInQuestion, puzzleOf, puzzleText, solve, solves } from './puzzle.js';

const TEACHER_PROMPT = `You are a teacher who poses number puzzles for a student to practise on.

Choose three to five whole numbers and a target that can be reached from them with + - * / and parentheses, each number
used exactly once. The puzzle should need some search.

Give the puzzle and one solution in exactly this shape:
<question>Numbers: 3, 7, 25. Target: 46.</question>
<answer>\\boxed{25 + 3 * 7}</answer>
Put any explanation outside the tags.

`;

const SCENE = 'The User poses a number puzzle, and the Assistant solves it.';

const STUDENT_TURN = `{{question}}
Reach the target with + - * / and parentheses, using each number exactly once.
Please reason step by step, and put the formula within \\boxed{}.`;

function judge(gold: string, extracted: string): Verification {
  const puzzle = puzzleOf(gold);
  const target = puzzle?.target.toString();
  const goldOccurs = target !== undefined && new RegExp(`(?<!\\d)${target}(?!\\d)`).test(extracted);
  const common = { extracted, boxed: true, goldOccurs };
  if (puzzle === undefined) return { ...common, verdict: 'GOLD_UNPARSEABLE', stage: 'parse:gold' };
  return { ...common, verdict: solves(extracted, puzzle) ? 'CORRECT' : 'INCORRECT', stage: 'check:formula' };
}

function parseAnswer(answer: string): ParsedAnswer {
  const puzzle = puzzleOf(answer);
  return puzzle === undefined
    ? {
        ok: false,
        reason: 'expected a formula of 2 to 8 whole numbers with a whole value, or "46 from 3, 7, 25"',
      }
    : { ok: true, canonical: puzzleText(puzzle) };
}

/** The stated solution must be about the question's numbers; whether it reaches the target is not checked here. */
function goldOf(question: string, stated: string): Proposal {
  const posed = puzzleInQuestion(question);
  if (posed === undefined) return refused('the question does not state "Numbers: ..." and "Target: ..."');
  const parsed = parseAnswer(stated);
  return parsed.ok
    ? { ok: true, question, answer: puzzleText(posed) }
    : refused(`the answer: ${parsed.reason}`);
}

export const countdownVerifier: AnswerVerifier = {
  verify: (gold, response) => verifyBox(gold, response, judge),
  judge,
  parseAnswer,
  goldOf,
  oracle: (question) => {
    const puzzle = puzzleInQuestion(question);
    return puzzle && solve(puzzle);
  },
  kindOf: (question) => {
    const puzzle = puzzleInQuestion(question);
    return puzzle === undefined ? 'not well-posed' : `${puzzle.numbers.length} numbers`;
  },
};

export const countdownDefinition = builtIn({
  name: 'countdown',
  description: 'Reach a target from given numbers, each used exactly once, with + - * / and parentheses.',
  student: studentPrompt(SCENE, STUDENT_TURN),
  teacher: TEACHER_PROMPT,
  proposal: { boxed: true },
  examples: [
    {
      question: 'Numbers: 3, 7, 25. Target: 46.',
      answer: '46 from 3, 7, 25',
      right: '\\boxed{25 + 3 * 7}',
      wrong: '\\boxed{46}',
    },
  ],
});
