/**
 * Where a file has question, answer and id, found from the fields of its first row. The shapes that people have are
 * known: GSM8K, MATH, HARP, OlympiadBench, rows of a chat, and plain columns.
 */
import { UserError } from '@soar/core';
import type { Fields } from '../rows/row.js';
import { describeMark, markIn, type Mark } from './answers.js';
import { fieldOf, isConversation, textOf } from './fields.js';

/** Names that the user gave. */
export interface FieldNames {
  readonly questionField?: string | undefined;
  readonly answerField?: string | undefined;
  /** "none" makes ids although the file has some. */
  readonly idField?: string | undefined;
}

export interface Shape {
  /** What it is, and which fields are read: "GSM8K (question and answer after "####")", "fields problem and answer". */
  readonly about: string;
  readonly question: string;
  readonly answer: string;
  /** Undefined: ids are made. */
  readonly id: string | undefined;
  /** Undefined: the answer field holds the answer alone. */
  readonly mark: Mark | undefined;
  /** The answer is a list, as in OlympiadBench. */
  readonly isListed: boolean;
}

/** Known names, in the order in which they are tried. */
const QUESTIONS = ['question', 'problem', 'prompt', 'messages'];
const ANSWERS = ['answer', 'final_answer', 'solution', 'completion', 'ground_truth', 'messages'];
const IDS = ['id', 'unique_id', 'problem_id'];
/** Other names, which are only suggested: their meaning differs between data sets. */
const OTHER_QUESTIONS = ['query', 'input', 'instruction', 'Question', 'Problem', 'body', 'Body', 'text'];
const OTHER_ANSWERS = [
  'target',
  'gold',
  'expected_answer',
  'label',
  'output',
  'Answer',
  'response',
  'reward_model.ground_truth',
];
const NO_ID = 'none';

/** The shape of a file, by its first row. Throws UserError. */
export function recognise(fields: Fields, names: FieldNames): Shape {
  const question = chosen(fields, 'question', names.questionField, QUESTIONS, OTHER_QUESTIONS);
  const answer = chosen(fields, 'answer', names.answerField, ANSWERS, OTHER_ANSWERS);
  const id = names.idField ?? IDS.find((name) => fieldOf(fields, name) !== undefined);
  const isListed = Array.isArray(fieldOf(fields, answer)) && !isConversation(fieldOf(fields, answer));
  const mark = isListed ? undefined : markOf(fields, answer);
  const isChat = isConversation(fieldOf(fields, question));
  const readQuestion = isChat ? `user's message of ${question}` : question;
  const readAnswer = isConversation(fieldOf(fields, answer)) ? `assistant's message of ${answer}` : answer;
  const read = `${readQuestion} and ${describeMark(mark, readAnswer)}`;
  const name = isChat ? 'chat rows' : nameOf(fields, question, answer, mark, isListed);
  return {
    about: name === undefined ? `fields ${read}` : `${name} (${read})`,
    question,
    answer,
    id: id === NO_ID ? undefined : id,
    mark,
    isListed,
  };
}

/**
 * Solutions hold their answer in a box or behind "####"; an answer field may do the second. A box around a whole answer
 * is left to the verifier.
 */
function markOf(fields: Fields, answer: string): Mark | undefined {
  const mark = markIn(textOf(fields, answer, 'assistant'));
  return mark === 'box' && ['answer', 'final_answer', 'ground_truth'].includes(answer) ? undefined : mark;
}

function nameOf(
  fields: Fields,
  question: string,
  answer: string,
  mark: Mark | undefined,
  isListed: boolean,
): string | undefined {
  const both = `${question}/${answer}`;
  if (both === 'question/answer' && mark === 'hashes') return 'GSM8K';
  if (both === 'problem/solution' && mark === 'box') return 'MATH';
  if (both === 'problem/answer' && 'solution_1' in fields) return 'HARP';
  if (both === 'question/final_answer' && isListed) return 'OlympiadBench';
  return undefined;
}

/** The field that the user named, or the first known one. */
function chosen(
  fields: Fields,
  what: 'question' | 'answer',
  named: string | undefined,
  known: readonly string[],
  others: readonly string[],
): string {
  const has = (name: string): boolean => fieldOf(fields, name) !== undefined;
  const found = named ?? known.find(has);
  if (found !== undefined && has(found)) return found;
  const all = Object.keys(fields).join(', ');
  if (found !== undefined) throw new UserError(`field "${found}" is missing; the fields are ${all}`);
  const other = others.find(has) ?? 'NAME';
  throw new UserError(
    `field "${what}" is missing, and no other known name of it is there; name it with --${what}-field ${other}` +
      ` (the fields are ${all})`,
  );
}
