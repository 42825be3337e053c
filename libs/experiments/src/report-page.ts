/**
 * The report as one HTML page without scripts or external resources: headline, tables, figures, and the
 * questions behind each promotion. Figures are those of the report; curves are drawn from the raw results. Pure.
 */
import { TEACHERS } from './arms.js';
import { escaped } from './charts.js';
import type { Estimate } from './interval.js';
import { dynamics, learning, passBars } from './page-charts.js';
import { STYLE } from './page-style.js';
import { armTable, costTable, differenceTable, figureOf, pointsOf, teacherTable } from './page-tables.js';
import type { ArmReport, ComparisonReport } from './report.js';
import type { ArmName, AskedQuestion, Comparison, TeacherUnit, Unit } from './results.js';
import { bySeeds } from './students.js';

/** Most questions shown of a promotion; all are in the raw results. */
const SHOWN_MAX = 64;

export function reportPage(report: ComparisonReport, units: readonly Unit[]): string {
  const students = units.filter((unit) => unit.unit === 'student').sort(bySeeds);
  const teachers = units.filter((unit) => unit.unit === 'teacher').sort(bySeeds);
  const sections = [
    summary(report),
    section('Arms', passBars(report, students) + armTable(report)),
    section('Differences', differenceTable(report)),
    section('Learning', learning(students)),
    section('Teachers', dynamics(teachers) + teacherTable(report)),
    section('What earned promotions', promotions(teachers)),
    section('Cost', costTable(report)),
    section('What this does not show', limits(report)),
    section('How it was made', origin(report.comparison)),
  ];
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
    `<title>SOAR: comparison of arms</title><style>${STYLE}</style></head>` +
    `<body><main>${sections.join('')}</main></body></html>\n`
  );
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${title}</h2>${content}</section>`;
}

/** What the figures above do not show. */
function limits({ arms, teachers }: ComparisonReport): string {
  const has = (name: ArmName): boolean => arms.some(({ arm }) => arm === name);
  const lines = [
    'Intervals take the scores of teachers for draws from something like a normal distribution. Where some ' +
      'teachers fail and others do not, few seeds may have met no failure, and the interval is then far too ' +
      'narrow. Count the failures.',
  ];
  if (has('base-t') && has('pq'))
    lines.push(
      'Promotion selects among all that a teacher wrote during its run; Base-T is one sample without selection. ' +
        'PQ over Base-T is due to learning and selection together. ' +
        (has('frozen-pq')
          ? 'PQ over Frozen-T: PQ shows what learning adds, as a frozen teacher has the same search and selection.'
          : 'To see learning alone, compare frozen-pq, whose teacher has the same search and never learns.'),
    );
  if (has('pq') && has('pq-other-mode'))
    lines.push(
      'Mixed throughout, the questions of a curriculum are drawn as often as before the hard problems. In results ' +
        'of earlier versions, whose stage "mixed" is followed by "hard", they are drawn far less often, and the ' +
        'difference of the two modes does not show that the order matters.',
    );
  if (teachers.length > 0)
    lines.push(
      'The Vendi score on trigrams compares strings. A teacher that asks one kind of question with ever new ' +
        'numbers keeps nearly all of it: see the kinds and the score on hidden states.',
    );
  return `<ul class="text">${lines.map((line) => `<li>${line}</li>`).join('')}</ul>`;
}

function origin({ command, version, domain, problems, seeds, model, config }: Comparison): string {
  return (
    `<p>Made by <code>${escaped(command)}</code>, SOAR ${escaped(version)}; domain ${escaped(domain)}; ` +
    `${problems.train} hard problems to train on, ${problems.heldOut} held out, ${problems.curated} curated. ` +
    `Teacher seeds ${seeds.teachers.join(', ')}; student seeds ${seeds.students.join(', ')}; arms without a teacher ` +
    `${seeds.alone.join(', ')}. Base model <code>${escaped(model.sha256.slice(0, 12))}</code>, problems ` +
    `<code>${escaped(problems.sha256.slice(0, 12))}</code>.</p>` +
    `<p>Scores are taken at the end of each student's budget; those of the stopping rule are means of the ` +
    `evaluations after the training reward has levelled off (the paper's rule, scaled to this budget). Intervals ` +
    `are 95 %, from 2,000 resamples of teachers and of students within them, widened for few seeds; a figure ` +
    `without one comes from a single seed. Recovered: of what lies between Hard-Only and the upper bound, ` +
    `pass@1.</p>` +
    `<details><summary>Configuration</summary><pre>${escaped(JSON.stringify(config, null, 1))}</pre></details>`
  );
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
      `A student that trained on the promotion questions first solves ${figureOf(pq.passAt[best])} of the ` +
        `held-out problems at pass@${best}; on the hard problems alone ${figureOf(hard.passAt[best])}. ` +
        verdict(over),
    );
  }
  if (pq?.recovered !== undefined && bound !== undefined)
    lines.push(
      `That is ${figureOf(pq.recovered)} of the way from Hard-Only to students of curated problems ` +
        `(${figureOf(bound.passAt[1])}).`,
    );
  const taught = pairs.find(({ arm, over }) => arm === 'grounded-t' && over === 'base-t');
  if (taught !== undefined)
    lines.push(
      `Questions of the trained teacher against those of the untrained one: ${pointsOf(taught.passAt1)}. ` +
        verdict(taught.passAt1),
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

function promotions(teachers: readonly TeacherUnit[]): string {
  return teachers
    .flatMap(({ teacher, teacherSeed, promotions: earned }) =>
      earned.map(
        ({ step, reward, questions }) =>
          `<details><summary>${TEACHERS[teacher]}, seed ${teacherSeed}, outer step ${step}: ` +
          `${questions.length} questions, reward ${reward.toFixed(2)}</summary><ul>` +
          questions.slice(0, SHOWN_MAX).map(questionItem).join('') +
          `</ul></details>`,
      ),
    )
    .join('');
}

function questionItem({ question, answer, correct }: AskedQuestion): string {
  const wrong = correct === false ? ' <em>wrong</em>' : '';
  return `<li><code>${escaped(question)}</code> = <code>${escaped(answer)}</code>${wrong}</li>`;
}
