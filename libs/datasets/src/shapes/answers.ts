/** The answer in a text that leads to it: behind GSM8K's "####", or in the last box of a solution. */
import { UserError } from '@soar/core';
import { boxesOf } from '@soar/verify';

/** How a file marks its answers. */
export type Mark = 'hashes' | 'box';

const MARKS: Readonly<
  Record<Mark, { readonly shown: string; readonly answer: (text: string) => string | undefined }>
> = {
  hashes: { shown: '"####"', answer: (text) => /(?:^|\n)\s*####([^\n]*)\s*$/.exec(text)?.[1] },
  box: { shown: 'last \\boxed{}', answer: (text) => boxesOf(text).at(-1)?.content },
};

/** The mark in `text`, if it has one. */
export function markIn(text: string): Mark | undefined {
  return (['hashes', 'box'] as const).find((mark) => MARKS[mark].answer(text) !== undefined);
}

/** "last \boxed{} of solution" */
export function describeMark(mark: Mark | undefined, field: string): string {
  if (mark === undefined) return field;
  return mark === 'box' ? `last \\boxed{} of ${field}` : `${field} after "####"`;
}

/** The marked answer; the whole text if the file marks none. Throws UserError. */
export function answerIn(text: string, mark: Mark | undefined, field: string): string {
  if (mark === undefined) return text;
  const answer = MARKS[mark].answer(text)?.trim();
  if (answer === undefined || answer === '')
    throw new UserError(`field "${field}": has no ${MARKS[mark].shown}, which the file's first row has`);
  return answer;
}

/** GSM8K's notes for a calculator: "48/2 = <<48/2=24>>24". */
const CALCULATOR = /<<[^<>\n]*>>/g;

/** A marked solution as somebody would write it: without GSM8K's last line and its notes for a calculator. */
export function solutionIn(text: string, mark: Mark): string {
  return mark === 'box'
    ? text
    : text
        .replace(/\n?\s*####[^\n]*\s*$/, '')
        .replace(CALCULATOR, '')
        .trim();
}
