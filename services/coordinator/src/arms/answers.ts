/**
 * Questions with other answers than those that their teacher stated: all right, or all wrong. Two arms ask with them
 * whether students learn from the answers of promotion questions or from their structure. Pure.
 *
 * Both are made of the questions that the domain's oracle can answer, so that they differ in nothing but answers.
 */
import { create, type Problem, ProblemSchema } from '@soar/contracts';
import type { AskedDomain } from '@soar/domains';

/** A question and its right answer, as the domain reads it. */
interface Answered {
  readonly problem: Problem;
  readonly right: string;
}

/** The questions with the oracle's answers. None in a domain without an oracle. */
export function withRightAnswers(domain: AskedDomain, questions: readonly Problem[]): Problem[] {
  return answered(domain, questions).map(({ problem, right }) => withAnswer(problem, right));
}

/**
 * The questions with wrong answers that look like right ones: each has the right answer of the next question behind
 * it, in a circle, whose answer differs. Where all answers are equal, their digits are changed.
 */
export function withWrongAnswers(domain: AskedDomain, questions: readonly Problem[]): Problem[] {
  const all = answered(domain, questions);
  return all.flatMap(({ problem, right }, i) => {
    const behind = [...all.slice(i + 1), ...all.slice(0, i)];
    const wrong = behind.find((other) => other.right !== right)?.right ?? otherDigits(domain, right);
    return wrong === undefined ? [] : [withAnswer(problem, wrong)];
  });
}

function answered({ oracle, parseAnswer }: AskedDomain, questions: readonly Problem[]): Answered[] {
  return questions.flatMap((problem) => {
    const exact = oracle?.(problem.question);
    const read = exact === undefined ? undefined : parseAnswer?.(exact);
    return read?.ok === true ? [{ problem, right: read.canonical }] : [];
  });
}

/** The answer with each digit one higher; undefined where that is no other answer. */
function otherDigits({ parseAnswer }: AskedDomain, right: string): string | undefined {
  const read = parseAnswer?.(right.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10)));
  return read?.ok === true && read.canonical !== right ? read.canonical : undefined;
}

function withAnswer({ id, question }: Problem, answer: string): Problem {
  return create(ProblemSchema, { id, question, answer });
}
