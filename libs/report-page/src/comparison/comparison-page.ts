/**
 * The report of a comparison as a page: headline, figures, tables, and the questions behind each promotion. Figures
 * are those of the report; curves are drawn from the raw results. Pure: equal results give the same text.
 */
import {
  type AskedQuestion,
  bySeeds,
  type Comparison,
  type ComparisonReport,
  TEACHERS,
  type TeacherUnit,
  type Unit,
} from '@soar/experiments';
import { type Html, joined, markup } from '../html.js';
import { Kinds } from '../palette.js';
import { folded, json, pageOf, paragraphs } from '../page.js';
import { facts } from '../table.js';
import { climbs } from './climbs.js';
import { learning } from './learning.js';
import { differenceFigure, scoreFigures } from './scores.js';
import { limits, summary } from './summary.js';
import { armTable, costTable, differenceTable, teacherTable } from './tables.js';
import { teacherFigures } from './teachers.js';

/** Most questions shown of a promotion; all are in the raw results. */
const SHOWN_MAX = 64;

export function comparisonPage(report: ComparisonReport, units: readonly Unit[]): string {
  const students = units.filter((unit) => unit.unit === 'student').sort(bySeeds);
  const teachers = units.filter((unit) => unit.unit === 'teacher').sort(bySeeds);
  const asked = teachers.flatMap(({ steps }) => steps.map(({ kinds }) => kinds));
  // Teachers that were not trained have no steps; their kinds are known from what they asked at the end.
  const finished = teachers.flatMap(({ questions }) => questions.map(({ kind }) => ({ [kind]: 1 })));
  const kinds = new Kinds(asked.length === 0 ? finished : asked);
  return pageOf({
    title: 'SOAR: comparison of arms',
    lead: summary(report),
    sections: [
      { id: 'arms', title: 'Arms', content: joined(scoreFigures(report, students), armTable(report)) },
      {
        id: 'differences',
        title: 'Differences',
        content: joined(differenceFigure(report), differenceTable(report)),
      },
      { id: 'learning', title: 'Learning', content: learning(students) },
      {
        id: 'teachers',
        title: 'Teachers',
        content: joined(climbs(report), teacherFigures(teachers, kinds), teacherTable(report, kinds)),
      },
      { id: 'promotions', title: 'What earned promotions', content: promotions(teachers) },
      { id: 'cost', title: 'Cost', content: costTable(report) },
      { id: 'limits', title: 'What this does not show', content: limits(report) },
      { id: 'origin', title: 'How it was made', content: origin(report.comparison) },
    ],
  });
}

function promotions(teachers: readonly TeacherUnit[]): Html {
  const earned = teachers.flatMap(({ teacher, teacherSeed, promotions: all }) =>
    all.map(({ step, reward, questions }) => {
      const more = questions.length - SHOWN_MAX;
      const title =
        `${TEACHERS[teacher]}, seed ${teacherSeed}, outer step ${step}: ${questions.length} questions, ` +
        `reward ${reward.toFixed(2)}`;
      const list = markup`<ul class="questions">${questions.slice(0, SHOWN_MAX).map(questionItem)}</ul>`;
      return folded(
        title,
        more > 0 ? joined(list, paragraphs(`${more} more are in the raw results.`)) : list,
      );
    }),
  );
  return joined(earned);
}

function questionItem({ question, answer, correct }: AskedQuestion): Html {
  const wrong = correct === false ? markup` <span class="wrong">wrong</span>` : '';
  return markup`<li><code>${question}</code> = <code>${answer}</code>${wrong}</li>`;
}

function origin({ command, version, domain, problems, seeds, model, config }: Comparison): Html {
  const made = facts([
    ['Command', markup`<code>${command}</code>`],
    ['SOAR', version],
    ['Domain', domain],
    ['Hard problems to train on', String(problems.train)],
    ['Held-out problems', String(problems.heldOut)],
    ['Curated problems', String(problems.curated)],
    ...(problems.questions === undefined ? [] : [['Questions given', String(problems.questions)] as const]),
    ['Seeds of teachers', seeds.teachers.join(', ')],
    ['Seeds of students', seeds.students.join(', ')],
    ['Seeds of arms without a teacher', seeds.alone.join(', ')],
    ['Base model, SHA-256', markup`<code>${model.sha256.slice(0, 12)}</code>`],
    ['Problems, SHA-256', markup`<code>${problems.sha256.slice(0, 12)}</code>`],
  ]);
  const how = paragraphs(
    "Scores are taken at the end of each student's budget; those of the stopping rule are means of the " +
      "evaluations after the training reward has levelled off (the paper's rule, scaled to this budget). " +
      'Intervals are 95 %, of means over teachers (over students where there are none); a ' +
      'figure without one comes from a single seed. Recovered: of what lies between Hard-Only and the upper bound, ' +
      'pass@1.',
  );
  return joined(made, how, folded('Configuration', json(config)));
}
