/**
 * The texts of the arithmetic domain: how a problem, its worked steps and its answer are spelt, and what is true.
 *
 * A problem is a sum of three-digit numbers, added digit by digit without carry: `123+456+789` is `258`. An answer follows
 * the mark `#` and ends the text: `#258`. Worked steps stand between question and answer, one step per operand: each digit
 * of the operand is copied and followed by the same digit of the running sum, so `123+456` is worked as `112233+455769`.
 * Digit and running digit side by side are what makes the skill learnable by a model of width 64 within minutes; a chain
 * `123+456=579+...` of whole numbers took it many times longer.
 *
 * Used by this domain to judge and by `@soar/quickstart` to write pre-training texts. Pure; knows no model and no tokens.
 */

/** Digits of every number: questions, answers and running sums. */
export const DIGITS = 3;
/** Longest sum that counts as a problem. */
export const OPERANDS_MAX = 8;
/** Stands before the answer, in the place of the paper's `\boxed{}`. */
export const ANSWER_MARK = '#';
/** First character of every text in which a problem is posed together with its solution: the teacher's prompt. */
export const TEXTBOOK_CUE = 'T';
/** First character of every text in which a given problem is answered: the student's prompt. */
export const EXAM_CUE = 'Q';
/** Every character that a text of this domain can hold, in the order of their token ids. */
export const ALPHABET = '0123456789+=#QT';

/** Sum of two equally long digit strings, each digit modulo 10. */
export function addDigits(left: string, right: string): string {
  let sum = '';
  for (let i = 0; i < left.length; i++) sum += (Number(left[i]) + Number(right[i])) % 10;
  return sum;
}

/** The question that asks for the sum of `operands`, e.g. `123+456`. */
export function questionOf(operands: readonly string[]): string {
  return operands.join('+');
}

/** The exact answer. `operands`: at least one string of DIGITS digits. */
export function answerOf(operands: readonly string[]): string {
  return operands.reduce(addDigits);
}

/** The worked steps, one per operand, e.g. `112233+455769` for 123 and 456. */
export function workedSteps(operands: readonly string[]): string {
  let running = '0'.repeat(DIGITS);
  return operands
    .map((operand) => {
      running = addDigits(running, operand);
      return [...operand].map((digit, i) => digit + running[i]!).join('');
    })
    .join('+');
}

const QUESTION = new RegExp(`^\\d{${DIGITS}}(?:\\+\\d{${DIGITS}}){0,${OPERANDS_MAX - 1}}$`);

/** The operands of a well-posed question (1 to OPERANDS_MAX numbers of DIGITS digits); undefined for any other text. */
export function operandsOf(question: string): string[] | undefined {
  return QUESTION.test(question) ? question.split('+') : undefined;
}
