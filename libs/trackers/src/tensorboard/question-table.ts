/** The questions of a run as a Markdown table. What a model wrote stays text: no markup, no HTML, no further cells. */
import { printableLine } from '@soar/core';
import type { QuestionRecord } from '../records/record.js';

export function questionTable(questions: readonly QuestionRecord[]): string {
  const rows = questions.map(({ outer_step: outerStep, dataset, reward, question, answer }) => [
    String(outerStep),
    String(dataset),
    reward.toFixed(4),
    plain(question),
    plain(answer),
  ]);
  const head = ['outer step', 'dataset', 'reward', 'question', 'stated answer'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Characters that mean something in Markdown or HTML become references to characters. */
function plain(text: string): string {
  return printableLine(text)
    .replace(/[^\p{L}\p{N} ]/gu, (character) =>
      /\s/.test(character) ? ' ' : `&#${character.codePointAt(0)};`,
    )
    .trim();
}
