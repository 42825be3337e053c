/** The tables of a comparison: every figure is the report's. Pure. */
import {
  ARMS,
  type ComparisonReport,
  type Cost,
  type Estimate,
  type QuestionsReport,
  tenths,
} from '@soar/experiments';
import { type Html, joined, markup, NOTHING } from '../html.js';
import { count, percent } from '../numbers.js';
import { armColour, type Kinds, OTHERS, teacherColour } from '../palette.js';
import { paragraphs } from '../page.js';
import { type Cell, coloured, table } from '../table.js';

export function armTable({ arms, comparison }: ComparisonReport): Html {
  const ks = comparison.passAt;
  const head = [
    'Arm',
    'Trains on',
    'Teachers',
    'Students',
    'Off the plateau',
    ...ks.map((k) => `pass@${k}`),
    'SD of pass@1',
    'pass@1, stopping rule',
    'Recovered',
  ];
  return table(
    head,
    arms.map(({ arm, title, about, teachers, students, offPlateau, passAt, recovered }): Cell[] => [
      coloured(title, armColour(arm)),
      about,
      teachers === 0 ? '' : String(teachers),
      String(students),
      figureOf(offPlateau?.share),
      ...ks.map((k) => figureOf(passAt[k])),
      figureOf(passAt[1]?.spread),
      passAt[1] === undefined ? '' : percent(passAt[1].afterStop),
      figureOf(recovered),
    ]),
  );
}

export function differenceTable({ arms, pairs, comparison }: ComparisonReport): Html {
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
  return table(['Points of', ...ks.map((k) => `pass@${k}`)], [...over, ...other]);
}

export function teacherTable({ teachers }: ComparisonReport, kinds: Kinds): Html {
  const rows = teachers.flatMap(
    ({ teacher, title, seeds, promotions, wellFormed, asked, promoted }): Cell[][] => [
      [
        coloured(`${title} asks`, teacherColour(teacher)),
        String(seeds),
        promotions.toFixed(1),
        percent(wellFormed),
        ...questionCells(asked, kinds),
      ],
      ...(promoted === undefined
        ? []
        : [
            [
              coloured(`${title}, promoted`, teacherColour(teacher)),
              '',
              '',
              '',
              ...questionCells(promoted, kinds),
            ],
          ]),
    ],
  );
  if (rows.length === 0) return NOTHING;
  const head = [
    'Questions',
    'Teachers',
    'Promotions',
    'Well-formed',
    'Number',
    'Well-posed',
    'Stated answer right',
    'Vendi score, hidden states',
    'Kinds',
  ];
  const note = paragraphs(
    'Well-posed and right are what the oracle of the domain says; empty where it has none. The Vendi score counts ' +
      'how many different questions there are, 128 drawn with replacement 100 times: by the cosines of their mean ' +
      'hidden states in the base model.',
  );
  return joined(table(head, rows), note);
}

function questionCells(report: QuestionsReport, kinds: Kinds): Cell[] {
  const { questions, wellPosed, correct, hiddenDiversity } = report;
  const score = (figure: Estimate | undefined): string => {
    const interval = figure?.interval?.map((v) => v.toFixed(1)).join(', ');
    return (figure?.value.toFixed(1) ?? '') + (interval === undefined ? '' : ` [${interval}]`);
  };
  return [
    count(questions),
    wellPosed === undefined ? '' : percent(wellPosed),
    correct === undefined ? '' : percent(correct),
    score(hiddenDiversity),
    kindShares(report.kinds, kinds),
  ];
}

/** Shares of kinds, largest first, with the colours of the figures. */
function kindShares(shares: Readonly<Record<string, number>>, kinds: Kinds): Html {
  const ranked = Object.entries(shares).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const shown = ranked.filter(([kind]) => kinds.shown.includes(kind));
  const rest = ranked
    .filter(([kind]) => !kinds.shown.includes(kind))
    .reduce((sum, [, share]) => sum + share, 0);
  const all = rest === 0 ? shown : [...shown, [OTHERS, rest] as const];
  return joined(
    all.map(([kind, share]) => {
      const text = `${kind} ${Math.round(100 * share)}\u{a0}%`;
      return markup`<span class="kind">${coloured(text, kinds.colourOf(kind))}</span> `;
    }),
  );
}

export function costTable({ arms, teachers }: ComparisonReport): Html {
  const row = (name: Html, { steps, tokens, seconds, workerSeconds }: Cost): Cell[] => [
    name,
    count(steps),
    tokens === undefined ? '' : `${(tokens / 1e6).toFixed(2)} M`,
    workerSeconds === undefined ? '' : (workerSeconds / 3600).toFixed(3),
    `${(seconds / 60).toFixed(1)} min`,
  ];
  const rows = [
    ...arms.map(({ arm, title, cost }) => row(coloured(`Student of ${title}`, armColour(arm)), cost)),
    ...teachers
      .filter(({ cost }) => cost.steps > 0)
      .map(({ teacher, title, cost }) => row(coloured(`Teacher of ${title}`, teacherColour(teacher)), cost)),
  ];
  const note = paragraphs(
    'Means over units. Tokens and core-hours are those of students in training and their evaluations: the time that ' +
      'workers, of a core each, spent on them. The wall times of units that ran side by side overlap.',
  );
  return joined(table(['Of one', 'Student steps', 'Sampled tokens', 'Core-hours', 'Wall time'], rows), note);
}

/** A share with its interval; empty where there is none. */
export function figureOf(figure: Estimate | undefined): string {
  return figure === undefined ? '' : percent(figure.value) + intervalOf(figure);
}

/** A difference in points, with its sign and interval. */
export function pointsOf(figure: Estimate | undefined): string {
  if (figure === undefined) return '';
  const points = tenths(figure.value);
  return `${points.startsWith('-') ? '' : '+'}${points}${intervalOf(figure)}`;
}

function intervalOf({ interval }: Estimate): string {
  return interval === undefined ? '' : ` [${interval.map(tenths).join(', ')}]`;
}
