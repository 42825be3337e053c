/**
 * The texts of the arithmetic domain: the notation of problems, worked steps and answers, and the exact results.
 *
 * A problem is a row of three-digit numbers with one operation between them, taken from left to right and digit by
 * digit, without carry: `123+456+789` is `258`, `123-456` is `777`, `123>456` (the larger of each two digits) is
 * `456`, `123%456` (the number on the right with a check digit in its last place, the sum of both last digits) is
 * `459`. An answer follows the mark `#` and ends the text: `#258`. Worked steps are between question and answer, one
 * step per operand: each digit of the operand is copied and followed by the same digit of the running result, so
 * `123+456` is worked as `112233+455769`. Digit and running digit side by side are what makes the skill learnable by
 * a model of width 64 within minutes; a chain `123+456=579+...` of whole numbers took it many times longer.
 *
 * This domain uses it to judge, and `@soar/quickstart` to write pre-training texts. Pure; knows no model and no
 * tokens.
 */

/** Digits of every number: questions, answers and running results. */
export const DIGITS = 3;
/** Most operands of a problem. */
export const OPERANDS_MAX = 8;
/** Precedes the answer; it takes the role of the paper's `\boxed{}`. */
export const ANSWER_MARK = '#';
/** First character of every text in which a problem is posed together with its solution: the teacher's prompt. */
export const TEXTBOOK_CUE = 'T';
/** First character of every text in which a given problem is answered: the student's prompt. */
export const EXAM_CUE = 'Q';
/** Every character of this domain's texts, except for operators other than `+`. */
export const ALPHABET = '0123456789+=#QT';

/** An operation: the name of its problems, and the digit of its result at a place (0 is the first). */
interface Operation {
  readonly name: string;
  readonly digit: (left: number, right: number, place: number) => number;
}

const OPERATIONS = {
  '+': { name: 'sum', digit: (left, right) => (left + right) % 10 },
  '-': { name: 'difference', digit: (left, right) => (10 + left - right) % 10 },
  '%': {
    name: 'check number',
    digit: (left, right, place) => (place === DIGITS - 1 ? (left + right) % 10 : right),
  },
  '>': { name: 'maximum', digit: (left, right) => Math.max(left, right) },
  '<': { name: 'minimum', digit: (left, right) => Math.min(left, right) },
} as const satisfies Record<string, Operation>;

/** The character between the operands of a problem. */
export type Operator = keyof typeof OPERATIONS;
export const OPERATORS = Object.keys(OPERATIONS) as Operator[];

/** A question: operands (strings of DIGITS digits, 1 to OPERANDS_MAX) and the operator between them. */
export interface Question {
  readonly operator: Operator;
  readonly operands: readonly string[];
}

/** `operation` of two equally long digit strings, digit by digit. */
function apply(operator: Operator, left: string, right: string): string {
  let result = '';
  for (let i = 0; i < left.length; i++) {
    result += OPERATIONS[operator].digit(Number(left[i]), Number(right[i]), i);
  }
  return result;
}

/** The question as text, e.g. `123+456`. */
export function spell({ operator, operands }: Question): string {
  return operands.join(operator);
}

/** The exact answer. */
export function answerOf({ operator, operands }: Question): string {
  return operands.reduce((running, operand) => apply(operator, running, operand));
}

/**
 * The worked steps, one per operand, e.g. `112233+455769` for 123+456; of the first `count` operands alone if given.
 */
export function workedSteps({ operator, operands }: Question, count = operands.length): string {
  let running = '';
  return operands
    .slice(0, count)
    .map((operand, i) => {
      running = i === 0 ? operand : apply(operator, running, operand);
      return [...operand].map((digit, place) => digit + running[place]!).join('');
    })
    .join(operator);
}

const QUESTION = new RegExp(
  `^\\d{${DIGITS}}(?:([-+<>%])\\d{${DIGITS}}(?:\\1\\d{${DIGITS}}){0,${OPERANDS_MAX - 2}})?$`,
);

/** Reads a well-posed question; undefined for any other text. A lone number is the sum of one. */
export function readQuestion(text: string): Question | undefined {
  const found = QUESTION.exec(text);
  if (found === null) return undefined;
  const operator = (found[1] ?? '+') as Operator;
  return { operator, operands: text.split(operator) };
}

/** The name of this operation's result, e.g. `sum`. */
export function nameOf(operator: Operator): string {
  return OPERATIONS[operator].name;
}

/** Label of a question's kind: `3 operands` for sums, the domain's main kind; `maximum of 3` for the others. */
export function kindOf({ operator, operands }: Question): string {
  if (operands.length === 1) return '1 operand';
  return operator === '+' ? `${operands.length} operands` : `${nameOf(operator)} of ${operands.length}`;
}
