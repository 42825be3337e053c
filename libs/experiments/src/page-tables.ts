/** The tables of a report page: every figure is the report's, every cell is escaped. Pure. */
import { ARMS } from './arms.js';
import { escaped, percent, tenths } from './charts.js';
import type { Estimate } from './interval.js';
import type { ComparisonReport, QuestionsReport } from './report.js';
import type { Cost } from './results.js';

export function armTable({ arms, comparison }: ComparisonReport): string {
  const ks = comparison.passAt;
  return table(
    [
      'arm',
      'trains on',
      'teachers',
      'students',
      ...ks.map((k) => `pass@${k}`),
      'sd of pass@1',
      'pass@1, stopping rule',
      'recovered',
    ],
    arms.map(({ title, about, teachers, students, passAt, recovered }) => [
      title,
      about,
      teachers === 0 ? '' : String(teachers),
      String(students),
      ...ks.map((k) => figureOf(passAt[k])),
      figureOf(passAt[1]?.spread),
      passAt[1] === undefined ? '' : percent(passAt[1].afterStop),
      recovered === undefined ? '' : figureOf(recovered),
    ]),
  );
}

export function differenceTable({ arms, pairs, comparison }: ComparisonReport): string {
  const ks = comparison.passAt;
  const over = arms.flatMap(({ title, overHardOnly }) =>
    overHardOnly === undefined
      ? []
      : [[`${title} over Hard-Only`, ...ks.map((k) => pointsOf(overHardOnly[k]))]],
  );
  const other = pairs.map(({ arm, over: less, passAt1 }) => [
    `${ARMS[arm].title} over ${ARMS[less].title}`,
    ...ks.map((k) => (k === 1 ? pointsOf(passAt1) : '')),
  ]);
  return over.length + other.length === 0
    ? ''
    : table(['points of', ...ks.map((k) => `pass@${k}`)], [...over, ...other]);
}

export function teacherTable({ teachers }: ComparisonReport): string {
  if (teachers.length === 0) return '';
  const rows = teachers.flatMap(({ title, seeds, promotions: earned, wellFormed, asked, promoted }) => [
    [`${title} asks`, String(seeds), earned.toFixed(1), percent(wellFormed), ...questionCells(asked)],
    ...(promoted === undefined ? [] : [[`${title}, promoted`, '', '', '', ...questionCells(promoted)]]),
  ]);
  return (
    table(
      [
        'questions',
        'teachers',
        'promotions',
        'well-formed',
        'number',
        'well-posed',
        'stated answer right',
        'Vendi score, hidden states',
        'Vendi score, trigrams',
        'kinds',
      ],
      rows,
    ) +
    '<p>Well-posed and right are what the oracle of the domain says; empty where it has none. The Vendi score ' +
    'counts how many different questions there are, 128 drawn with replacement 100 times: by the cosines of ' +
    'their mean hidden states in the base model, and of their character trigrams.</p>'
  );
}

function questionCells(report: QuestionsReport): string[] {
  const { questions, wellPosed, correct, diversity, hiddenDiversity, kinds } = report;
  const scoreOf = (figure: Estimate | undefined): string => {
    const interval = figure?.interval?.map((v) => v.toFixed(1)).join(', ');
    return (figure?.value.toFixed(1) ?? '') + (interval === undefined ? '' : ` [${interval}]`);
  };
  return [
    String(questions),
    wellPosed === undefined ? '' : percent(wellPosed),
    correct === undefined ? '' : percent(correct),
    scoreOf(hiddenDiversity),
    scoreOf(diversity),
    Object.entries(kinds)
      .map(([kind, share]) => `${kind} ${Math.round(100 * share)} %`)
      .join(', '),
  ];
}

export function costTable({ arms, teachers }: ComparisonReport): string {
  const row = (title: string, { steps, tokens, seconds, workerSeconds }: Cost): string[] => [
    title,
    String(Math.round(steps)),
    tokens === undefined ? '' : `${(tokens / 1e6).toFixed(2)} M`,
    workerSeconds === undefined ? '' : (workerSeconds / 3600).toFixed(3),
    `${(seconds / 60).toFixed(1)} min`,
  ];
  return (
    table(
      ['of one', 'student steps', 'sampled tokens', 'core-hours', 'wall time'],
      [
        ...arms.map(({ title, cost }) => row(`student of ${title}`, cost)),
        ...teachers
          .filter(({ cost }) => cost.steps > 0)
          .map(({ title, cost }) => row(`teacher of ${title}`, cost)),
      ],
    ) +
    '<p>Means over units. Tokens and core-hours are those of students in training and their evaluations: the time ' +
    'that workers, of a core each, spent on them. The wall times of units that ran side by side overlap.</p>'
  );
}

/** An HTML table; all cells are escaped. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => cells('td', row)).join('');
  return (
    `<div class="scroll"><table><thead>${cells('th', head)}</thead>` + `<tbody>${body}</tbody></table></div>`
  );
}

export function figureOf(figure: Estimate | undefined): string {
  if (figure === undefined) return '';
  return percent(figure.value) + intervalOf(figure);
}

export function pointsOf(figure: Estimate | undefined): string {
  if (figure === undefined) return '';
  const points = tenths(figure.value);
  return `${points.startsWith('-') ? '' : '+'}${points}${intervalOf(figure)}`;
}

function intervalOf({ interval }: Estimate): string {
  return interval === undefined ? '' : ` [${interval.map(tenths).join(', ')}]`;
}
