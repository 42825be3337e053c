/** The questions that earned promotions, with the answers that the teacher stated. Pure. */
import type { RunReport } from '@soar/contracts';
import { type Html, joined, markup, NOTHING } from '../html.js';
import { count, decimal } from '../numbers.js';
import { folded, paragraphs } from '../page.js';
import { table } from '../table.js';

/** Most questions of a page, and the longest text of one; all are in promotion-questions.jsonl. */
const [QUESTIONS_MAX, TEXT_MAX] = [500, 600];
/** Datasets beyond these are folded. */
const OPEN_MAX = 3;

export function promotions({ promotionQuestions: all }: RunReport): Html {
  if (all.length === 0) return NOTHING;
  let left = QUESTIONS_MAX;
  const shown = all.flatMap(({ outerStep, datasetIndex, reward, questions }) => {
    if (left === 0) return [];
    const its = questions.slice(0, left);
    left -= its.length;
    const title =
      `Outer step ${outerStep}, dataset ${datasetIndex}: reward ${decimal(reward)}, ` +
      `${count(questions.length)} questions`;
    const rows = its.map(({ question, answer }) => [
      markup`<code>${shortened(question)}</code>`,
      markup`<code>${shortened(answer)}</code>`,
    ]);
    return [{ title, rows: table(['Question', 'Stated answer'], rows) }];
  });
  const total = all.reduce((sum, { questions }) => sum + questions.length, 0);
  const more = total - QUESTIONS_MAX;
  return joined(
    paragraphs(
      'Students trained on these datasets became the new baseline. The answers are those that the teacher stated, ' +
        'right or wrong.',
    ),
    shown.map(({ title, rows }, i) =>
      i < OPEN_MAX ? markup`<h3>${title}</h3>${rows}` : folded(title, rows),
    ),
    more > 0 ? paragraphs(`${count(more)} more questions are in promotion-questions.jsonl.`) : NOTHING,
  );
}

function shortened(text: string): string {
  const all = Array.from(text.slice(0, 2 * TEXT_MAX));
  return all.length > TEXT_MAX ? `${all.slice(0, TEXT_MAX).join('')}…` : text;
}
