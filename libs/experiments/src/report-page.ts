/**
 * The report as one HTML page without scripts and without anything from elsewhere: headline, tables, figures, and the
 * questions behind each promotion. Figures are those of the report; curves are drawn from the raw results. Pure.
 */
import { ARM_NAMES, ARMS, TEACHERS } from './arms.js';
import { type Bar, barChart, escaped, type Line, lineChart, percent, shareChart, tenths } from './charts.js';
import type { Estimate } from './interval.js';
import { mean } from './moments.js';
import type { ArmReport, ComparisonReport, QuestionsReport } from './report.js';
import type { ArmName, Cost, StudentUnit, TeacherUnit, Unit } from './results.js';
import { passOf } from './student-score.js';

/** Curves of training rewards are smoothed over so many steps to each side, for the eye alone. */
const SMOOTHED = 2;
/** Promotion questions that are shown of a dataset; all are in the raw results. */
const SHOWN_MAX = 64;

export function reportPage(report: ComparisonReport, units: readonly Unit[]): string {
  const students = units.filter((unit) => unit.unit === 'student');
  const teachers = units
    .filter((unit) => unit.unit === 'teacher')
    .sort((a, b) => a.teacherSeed - b.teacherSeed);
  const { comparison } = report;
  const sections = [
    summary(report),
    section('Arms', passBars(report, students) + armTable(report)),
    section('Differences', differenceTable(report)),
    section('Learning', learning(students)),
    section('Teachers', dynamics(teachers) + teacherTable(report)),
    section('What earned promotions', promotions(teachers)),
    section('Cost', costTable(report)),
    section(
      'How it was made',
      `<p>Made by <code>${escaped(comparison.command)}</code>, SOAR ${escaped(comparison.version)}; domain ${escaped(comparison.domain)}; ` +
        `${comparison.problems.train} hard problems to train on, ${comparison.problems.heldOut} held out, ` +
        `${comparison.problems.curated} curated. Teacher seeds ${comparison.seeds.teachers.join(', ')}; student seeds ` +
        `${comparison.seeds.students.join(', ')}; arms without a teacher ${comparison.seeds.alone.join(', ')}. Base model ` +
        `<code>${escaped(comparison.model.sha256.slice(0, 12))}</code>, problems <code>${comparison.problems.sha256.slice(0, 12)}</code>.</p>` +
        `<p>Scores are taken at the end of each student's budget; those of the stopping rule are means of the evaluations after the ` +
        `training reward has levelled off (the paper's rule, scaled to this budget). Intervals are 95 %, from 2,000 resamples of teachers and of ` +
        `students within them, widened for few seeds; a figure without one comes from a single seed. Recovered: of what lies ` +
        `between Hard-Only and the upper bound, pass@1.</p>` +
        `<details><summary>Configuration</summary><pre>${escaped(JSON.stringify(comparison.config, null, 1))}</pre></details>`,
    ),
  ];
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
    `<title>SOAR: comparison of arms</title><style>${STYLE}</style></head><body><main>${sections.join('')}</main></body></html>\n`
  );
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${title}</h2>${content}</section>`;
}

/** What the figures say, in one sentence each; nothing where an arm is missing. */
function summary({ arms, pairs, comparison }: ComparisonReport): string {
  const of = (name: ArmName): ArmReport | undefined => arms.find(({ arm }) => arm === name);
  const [pq, hard, bound] = [of('pq'), of('hard-only'), of('upper-bound')];
  const lines: string[] = [];
  const [best] = comparison.passAt;
  if (pq !== undefined && hard !== undefined && best !== undefined) {
    const over = pq.overHardOnly?.[best];
    lines.push(
      `A student that trained on the promotion questions first solves ${figureOf(pq.passAt[best])} of the held-out problems at ` +
        `pass@${best}; on the hard problems alone ${figureOf(hard.passAt[best])}. ${verdict(over)}`,
    );
  }
  if (pq?.recovered !== undefined && bound !== undefined)
    lines.push(
      `It recovers ${figureOf(pq.recovered)} of what curated problems bring (${figureOf(bound.passAt[1])}).`,
    );
  const taught = pairs.find(({ arm, over }) => arm === 'grounded-t' && over === 'base-t');
  if (taught !== undefined)
    lines.push(
      `Questions of the trained teacher against those of the untrained one: ${pointsOf(taught.passAt1)}. ${verdict(taught.passAt1)}`,
    );
  return `<header><h1>SOAR: comparison of arms</h1>${lines.map((line) => `<p>${line}</p>`).join('')}</header>`;
}

function verdict(difference: Estimate | undefined): string {
  const interval = difference?.interval;
  if (difference === undefined || interval === undefined) return 'Too few seeds for an interval.';
  if (interval[0] > 0) return 'The interval of the difference is above 0.';
  return interval[1] < 0
    ? 'The interval of the difference is below 0.'
    : 'The interval of the difference includes 0.';
}

function passBars({ arms, comparison }: ComparisonReport, students: readonly StudentUnit[]): string {
  const shown = [...new Set([comparison.passAt[0], comparison.passAt.at(-1)])].filter((k) => k !== undefined);
  return shown
    .map((k) => {
      const bars = arms.flatMap(({ arm, title, passAt }): Bar[] => {
        const figure = passAt[k];
        const dots = students
          .filter((unit) => unit.arm === arm)
          .map((unit) => passOf(unit.heldOut.at(-1)!, k));
        return figure === undefined
          ? []
          : [{ label: title, value: figure.value, interval: figure.interval, dots }];
      });
      return barChart(
        bars,
        `pass@${k} on the held-out problems; whiskers are 95 % intervals, dots are students`,
      );
    })
    .join('');
}

function armTable({ arms, comparison }: ComparisonReport): string {
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

function differenceTable({ arms, pairs, comparison }: ComparisonReport): string {
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

function learning(students: readonly StudentUnit[]): string {
  const trained = ARM_NAMES.map((arm) => ({
    title: ARMS[arm].title,
    units: students.filter((unit) => unit.arm === arm && unit.training.length > 0),
  })).filter(({ units }) => units.length > 0);
  // An arm with another budget has charts of its own, or the others would have no room in its.
  const budget = Math.min(...trained.map(({ units }) => units[0]!.training.length));
  const [alike, longer] = [true, false].map((isAlike) =>
    trained.filter(({ units }) => units[0]!.training.length <= 2 * budget === isAlike),
  );
  const x = 'optimizer steps of the student';
  const charts = (arms: typeof trained): string => {
    if (arms.length === 0) return '';
    const lines = (curve: (unit: StudentUnit) => Curve): Line[] =>
      arms.map(({ title, units }) => lineOf(title, units.map(curve)));
    return (
      lineChart(
        lines(({ heldOut }) => heldOut.map((found) => [found.step, passOf(found, 1)])),
        { from: 0, to: 1, x },
        'pass@1 on the held-out problems: mean of an arm, and its students as thin lines',
      ) +
      lineChart(
        lines(({ training }) => smooth(training.map(({ accuracy }) => accuracy)).map((v, i) => [i + 1, v])),
        { from: 0, to: 1, x },
        'Share of right answers in training, likewise (first on questions, then on hard problems)',
      )
    );
  };
  return charts(alike!) + charts(longer!);
}

/** Values by rising step. */
type Curve = readonly (readonly [step: number, value: number])[];

/** Curves as one line. Students may have been evaluated after different steps: each counts where it has a value. */
function lineOf(label: string, curves: readonly Curve[]): Line {
  const at = new Map<number, number[]>();
  for (const [step, value] of curves.flat()) at.set(step, [...(at.get(step) ?? []), value]);
  const points = [...at].sort(([a], [b]) => a - b);
  return {
    label,
    steps: points.map(([step]) => step),
    mean: points.map(([, values]) => mean(values)),
    singles: curves.length > 1 ? curves : [],
  };
}

function smooth(values: readonly number[]): number[] {
  return values.map((_, i) => mean(values.slice(Math.max(0, i - SMOOTHED), i + SMOOTHED + 1)));
}

function dynamics(teachers: readonly TeacherUnit[]): string {
  return teachers
    .filter(({ steps }) => steps.length > 0)
    .map(({ teacher, teacherSeed, steps, promotions: earned }) => {
      const name = `${TEACHERS[teacher]}, seed ${teacherSeed}`;
      const at = steps.map(({ step }) => step);
      const reward: Line = {
        label: 'reward',
        steps: at,
        mean: steps.map(({ rewards }) => mean(rewards)),
        band: {
          low: steps.map(({ rewards }) => Math.min(...rewards)),
          high: steps.map(({ rewards }) => Math.max(...rewards)),
        },
      };
      const accuracy = steps.map(({ baselineAccuracy }) => baselineAccuracy);
      const baseline: Line = { label: 'baseline', steps: at, mean: accuracy };
      const kinds = [...new Set(steps.flatMap((step) => Object.keys(step.kinds)))].sort();
      const shares = steps.map((step) => {
        const total = Math.max(
          1,
          Object.values(step.kinds).reduce((a, b) => a + b, 0),
        );
        return kinds.map((kind) => (step.kinds[kind] ?? 0) / total);
      });
      const promoted = steps.flatMap(({ step, promoted: k }) => (k === undefined ? [] : [step]));
      return (
        lineChart(
          [reward, baseline],
          { from: -1, to: 1, x: 'outer step', marks: promoted },
          `${name}: reward, mean and range over datasets; the baseline's greedy accuracy; ${earned.length} promotions (vertical)`,
        ) + (kinds.length === 0 ? '' : shareChart(kinds, shares, `${name}: what it asks`))
      );
    })
    .join('');
}

function teacherTable({ teachers }: ComparisonReport): string {
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
    '<p>Well-posed and right are what the oracle of the domain says; empty where it has none. The Vendi score counts how many ' +
    'different questions there are, 128 drawn with replacement 100 times: by the cosines of their mean hidden states in the base ' +
    'model, and of their character trigrams.</p>'
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

function promotions(teachers: readonly TeacherUnit[]): string {
  return teachers
    .flatMap(({ teacher, teacherSeed, promotions: earned }) =>
      earned.map(
        ({ step, reward, questions }) =>
          `<details><summary>${TEACHERS[teacher]}, seed ${teacherSeed}, outer step ${step}: ${questions.length} questions, ` +
          `reward ${reward.toFixed(2)}</summary><ul>` +
          questions
            .slice(0, SHOWN_MAX)
            .map(
              ({ question, answer, correct }) =>
                `<li><code>${escaped(question)}</code> = <code>${escaped(answer)}</code>${correct === false ? ' <em>wrong</em>' : ''}</li>`,
            )
            .join('') +
          `</ul></details>`,
      ),
    )
    .join('');
}

function costTable({ arms, teachers }: ComparisonReport): string {
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
    '<p>Means over units. Tokens and core-hours are those of students in training and their evaluations: the time that workers, ' +
    'of a core each, were on them. The wall times of units side by side overlap.</p>'
  );
}

/** Cells are text but for figures, which are ours. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div>`;
}

function figureOf(figure: Estimate | undefined): string {
  if (figure === undefined) return '';
  return percent(figure.value) + intervalOf(figure);
}

function pointsOf(figure: Estimate | undefined): string {
  if (figure === undefined) return '';
  const points = tenths(figure.value);
  return `${points.startsWith('-') ? '' : '+'}${points}${intervalOf(figure)}`;
}

function intervalOf({ interval }: Estimate): string {
  return interval === undefined ? '' : ` [${interval.map(tenths).join(', ')}]`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5b6675; --line: #d9dee5; --page: #fff; --bar: #8fb4de;
  --c0: #2f6db3; --c1: #c4591b; --c2: #2a8a57; --c3: #8550b0; --c4: #b3872a; --c5: #b83a5e; --c6: #3d8f9c; --c7: #6b7280; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa6b5; --line: #333c48; --page: #14181e; --bar: #3e6796;
  --c0: #6ea6e6; --c1: #ef8f56; --c2: #5cc08a; --c3: #b98ae0; --c4: #dcb65c; --c5: #ea7596; --c6: #6fc3d0; --c7: #a0a8b4; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; max-width: 46rem; } figcaption { color: var(--soft); font-size: .87rem; }
svg text { fill: var(--ink); font-size: 12px; } svg .tick { fill: var(--soft); font-size: 11px; }
.grid { stroke: var(--line); } .bar { fill: var(--bar); } .whisker { stroke: var(--ink); stroke-width: 1.5; }
.dot { fill: var(--ink); opacity: .55; } .mark { stroke: var(--soft); stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 2.5; } .single { fill: none; stroke-width: 1; opacity: .3; } .band { opacity: .14; stroke: none; }
${Array.from({ length: 8 }, (_, i) => `.line.c${i}, .single.c${i} { stroke: var(--c${i}); } .band.c${i}, .part.c${i}, svg text.c${i} { fill: var(--c${i}); }`).join('\n')}
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .28rem .7rem .28rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } details { margin: .4rem 0; } summary { cursor: pointer; }
ul { columns: 2; padding-left: 1.1rem; } pre { overflow-x: auto; font-size: .8rem; } em { color: var(--c1); }
`;
