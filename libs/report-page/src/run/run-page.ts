/**
 * The report of a run as a page, from report.json alone. A report so far, of a run that is still going on, and one of
 * an earlier version give a page of what they have. Pure: equal reports give the same text.
 */
import type { ArmReport, RunReport } from '@soar/contracts';
import type { Html } from '../html.js';
import { count, percent } from '../numbers.js';
import { armTitle } from '../palette.js';
import { notes, pageOf, paragraphs } from '../page.js';
import { origin, timing } from './origin.js';
import { promotions } from './promotions.js';
import { proposals } from './proposals.js';
import { results } from './results.js';
import { rewards } from './rewards.js';
import { training } from './training.js';

export function runPage(report: RunReport): string {
  return pageOf({
    title: `SOAR: run ${report.runId}`,
    lead: paragraphs(...summary(report)),
    sections: [
      { id: 'results', title: 'Results', content: results(report) },
      { id: 'rewards', title: 'Rewards and promotions', content: rewards(report) },
      { id: 'teacher', title: 'What the teacher wrote', content: proposals(report) },
      { id: 'promotions', title: 'What earned promotions', content: promotions(report) },
      { id: 'training', title: 'Training of the arms', content: training(report) },
      { id: 'timing', title: 'Time', content: timing(report) },
      { id: 'limits', title: 'What this does not show', content: limits(report) },
      { id: 'origin', title: 'How it was made', content: origin(report) },
    ],
  });
}

function summary({
  arms,
  steps,
  config,
  promotions: promoted,
  promotionQuestions,
  teacherUpdates,
  stopped,
}: RunReport): string[] {
  const [k] = Object.keys(arms[0]?.passAtK ?? {})
    .map(Number)
    .sort((a, b) => a - b);
  const of = (arm: ArmReport): string => `${armTitle(arm.name)} ${percent(arm.passAtK[k!])}`;
  const planned = config?.outerSteps ?? steps.length;
  const questions = promotionQuestions.reduce((sum, dataset) => sum + dataset.questions.length, 0);
  const updates =
    config?.teacher?.frozen === true
      ? 'a frozen teacher that is never updated'
      : plural(teacherUpdates, 'teacher update');
  return [
    ...(k === undefined ? [] : [`pass@${k} on the held-out problems: ${arms.map(of).join(', ')}.`]),
    `${plural(steps.length, 'outer step')}, ${updates}, ` +
      `${plural(promoted, 'promotion')}, ${plural(questions, 'promotion question')}.`,
    ...(stopped === undefined
      ? []
      : [
          `The outer loop ended after step ${stopped.outerStep} of ${planned}, by its rule: ${stopped.rule}.`,
        ]),
    ...(stopped === undefined && steps.length < planned
      ? [`The report so far: ${steps.length} of ${planned} outer steps are done.`]
      : []),
    ...(promoted === 0 && arms.some(({ name }) => name === 'ps' || name === 'pq')
      ? [
          'Nothing was promoted: PS is the base model, PQ is trained as Hard-Only, and there is nothing to compare.',
        ]
      : []),
  ];
}

function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

function limits({ arms, steps }: RunReport): Html {
  return notes([
    'One run with one seed. Whether a student gets off the plateau depends on the seed: compare several with ' +
      'soar compare before a conclusion.',
    ...(arms.length === 0
      ? ['The arms have not been evaluated: nothing is known of the held-out problems.']
      : []),
    'Reward questions are drawn anew in every outer step, so rewards and baseline accuracies have sampling noise of ' +
      'their own.',
    ...(steps.some(({ correctAnswers }) => correctAnswers !== undefined)
      ? []
      : ['The domain has no oracle: how many of the stated answers are right is not known.']),
    'Students of the outer steps are shown by their rewards alone: their trainings and completions are not in the ' +
      'report, and of rejected proposals only the number by reason.',
  ]);
}
